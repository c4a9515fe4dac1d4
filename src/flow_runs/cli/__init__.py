"""The command line `flow-runs`."""


def main() -> None:
    """Run the command line; the process ends with one of `flow_runs.cli.exit_codes`."""
    from flow_runs.cli.app import app  # noqa: PLC0415 - `import flow_runs` must not load typer and rich

    app(prog_name="flow-runs")
