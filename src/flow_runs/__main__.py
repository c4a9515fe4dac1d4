"""`python -m flow_runs`: the command line."""

from flow_runs.cli import main

if __name__ == "__main__":
    main()
