import json
import os
import signal
import subprocess
import sys
import time

import pytest

from bench.children import BENCHMARKS, Benchmark, Outcome, end, run_one
from bench.report import Chart, Goal, Report, Table, goal_row
from bench.summary import document, holds, markdown, rows

TABLE = Table("Times", ("what", "ms"), [("a|b", 1.5), ("none", None)], ["The median."])


def report(measured):
    goals, charts = [Goal("is quick", measured, 2.0, "ms")], [Chart("Toys", "ms", {"a": 1.25, "b": 2.0})]
    return Report("bench-toy", [TABLE], goals, "a machine", "2026-11-23", charts)


MET = Outcome("toy", 3.2, report(1.5))
MISSED = Outcome("slow", 3.2, report(2.5))
FAILED = Outcome("broken", 0.1, None, "failed with exit code 2")


def test_report_is_the_same_after_json():
    read = Report.of_document(json.loads(json.dumps(report(1.5).document())))

    assert json.dumps(read.document()) == json.dumps(report(1.5).document())
    assert read.holds


def test_goals_hold_only_if_every_benchmark_has_a_report():
    assert holds([MET])
    assert not holds([MET, MISSED])
    assert not holds([MET, FAILED])


def test_missed_goals_and_failed_benchmarks_are_marked():
    assert list(rows([MET, MISSED, FAILED])) == [
        ("toy", "is quick", "1.5 ms", "≤ 2 ms", "ok"),
        ("slow", "is quick", "2.5 ms", "≤ 2 ms", "MISSED"),
        ("broken", "failed with exit code 2", "", "", "FAILED"),
    ]


def test_goal_without_figure_is_not_measured():
    assert goal_row(Goal("needs npm", None, 1))[1] == "not measured"


def test_document_has_every_report_with_its_verdict():
    found = document([MET, FAILED])

    assert found["holds"] is False
    assert found["benchmarks"]["toy"]["report"]["goals"][0]["holds"] is True
    assert found["benchmarks"]["broken"] == {
        "seconds": 0.1,
        "trouble": "failed with exit code 2",
        "report": None,
    }


def test_page_has_goals_and_tables_and_escapes_bars_in_cells():
    page = markdown([MET, MISSED])

    assert "| slow | is quick | 2.5 ms | ≤ 2 ms | **MISSED** |" in page
    assert "### Times\n\n| what | ms |\n| --- | ---: |\n| a\\|b | 1.5 |\n| none |  |\n\nThe median." in page


def test_each_benchmark_follows_the_one_that_it_needs():
    names = [benchmark.name for benchmark in BENCHMARKS]

    needed = {benchmark.name: benchmark.needs for benchmark in BENCHMARKS if benchmark.needs}
    assert all(names.index(first) < names.index(name) for name, first in needed.items())


def test_benchmark_is_stopped_at_its_limit(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["src", "../src"]))

    outcome = run_one(Benchmark("heat", 0.01), [], tmp_path / "heat.json")

    assert outcome.report is None
    assert outcome.trouble == "stopped at its limit of 0.01 s"


@pytest.mark.parametrize("trap", ["raise KeyboardInterrupt", "pass"], ids=["stops when told", "does not"])
def test_ended_child_is_gone(trap, monkeypatch):
    monkeypatch.setattr("bench.children.STOP_SECONDS", 0.2)
    code = f"import signal, time\ndef stop(*_):\n    {trap}\nsignal.signal(signal.SIGINT, stop)\n"
    code += "print('up', flush=True)\nwhile True: time.sleep(60)"
    child = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        began = time.monotonic()

        end(child)

    assert child.returncode in (1, 130, -signal.SIGINT, -signal.SIGKILL)
    assert time.monotonic() - began < 10


def test_page_has_charts_in_mermaid():
    assert """```mermaid
xychart-beta
    title "Toys"
    x-axis ["a", "b"]
    y-axis "ms" 0 --> 2.2
    bar [1.25, 2]
```""" in markdown([MET])
