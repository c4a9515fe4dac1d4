import json

from bench.lifecycle.phases import WHOLE_LIFE, costs_by_phase, lines_since_creation, phases


def line(field, client_version="1.4.1", write_units=1):
    costs = {"calls": 2, "write_units": write_units, "read_units": 0.5}
    return {"root_fields": [field], "client_version": client_version, **costs}


LIFE = [
    line("get_runs_in_queue"),  # the last poll in vain
    line("get_runs_in_queue"),
    line("flow_run"),
    line("set_flow_run_states"),  # Submitted
    line("get_runs_in_queue"),
    line("set_flow_run_states"),  # Running
    line("set_task_run_states"),
    line("update_flow_run_heartbeat"),
    line("set_task_run_states"),
    line("set_flow_run_states"),  # Success
    line("write_run_logs", write_units=3),
]


def test_each_request_has_the_phase_in_which_it_is_sent():
    found = [
        (phase, request["root_fields"][0]) for phase, request in phases([line("create_flow_run"), *LIFE])
    ]

    assert found == [
        ("creation", "create_flow_run"),
        ("queue and claim", "get_runs_in_queue"),
        ("queue and claim", "flow_run"),
        ("queue and claim", "set_flow_run_states"),
        ("start", "set_flow_run_states"),
        ("tasks", "set_task_run_states"),
        ("heartbeats", "update_flow_run_heartbeat"),
        ("tasks", "set_task_run_states"),
        ("end", "set_flow_run_states"),
        ("logs", "write_run_logs"),
    ]


def test_cost_of_the_whole_life_is_the_sum_of_its_phases():
    costs = costs_by_phase(phases([line("create_flow_run", client_version=None), *LIFE]))

    whole = costs.pop(WHOLE_LIFE)
    assert whole.requests == sum(cost.requests for cost in costs.values()) == 10
    assert whole.write_units == 12
    assert costs["logs"].write_units == 3


def test_log_lines_before_the_creation_and_of_the_watcher_are_left_out():
    watcher = line("flow_run_by_pk", client_version=None)
    log = [
        line("create_flow"),
        line("create_flow_run", client_version=None),
        watcher,
        line("set_flow_run_states"),
    ]
    text = "\n".join(["Flow Runs is up", *map(json.dumps, log), json.dumps({"message": "no request"})])

    names = [request["root_fields"][0] for request in lines_since_creation(text)]

    assert names == ["create_flow_run", "set_flow_run_states"]
