import pytest

from tests.handlers.service import code

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"


def names(service, arguments, variables=None, declared=""):
    query = f"query{declared} {{ flow_run{arguments} {{ name }} }}"
    return [row["name"] for row in service.data(query, variables)["flow_run"]]


def test_hello_returns_the_name_of_the_service(service):
    data = service.data("{ hello api { version backend mode } }")

    assert data["hello"] == "👋"
    assert data["api"]["backend"] == "SERVER"
    assert data["api"]["mode"] == "normal"
    assert data["api"]["version"].count(".") == 2


def test_tenant_is_the_callers_own(service):
    (tenant,) = service.data("{ tenant { id name slug } }")["tenant"]

    assert (tenant["name"], tenant["slug"]) == ("Default", "default")
    assert service.data(f'{{ tenant_by_pk(id: "{tenant["id"]}") {{ slug }} }}') == {
        "tenant_by_pk": {"slug": "default"}
    }
    assert service.data(f'{{ tenant_by_pk(id: "{ELSEWHERE}") {{ slug }} }}') == {"tenant_by_pk": None}


@pytest.mark.parametrize(
    "field",
    [
        "project(where: {name: {_eq: $text}}) { id }",
        'project(where: {name: {_in: [$text, "none"]}}) { id }',
        "flow(where: {project: {name: {_eq: $text}}}) { id }",
        "flow(where: {name: {_eq: $text}}) { id }",
        "flow_run(where: {flow: {project: {name: {_eq: $text}}}}) { id }",
        "flow(where: {name: {_eq: $text}, archived: {_eq: false}}) { id }",
        "flow_run(where: {flow: {name: {_eq: $text}}}) { id }",
        'flow_run(where: {flow: {name: {_eq: $text}}, idempotency_key: {_eq: "k"}}) { id }',
        "flow_run(where: {name: {_eq: $text}}) { id }",
        "flow_run(where: {idempotency_key: {_eq: $text}}) { id }",
        "key_value(where: {key: {_eq: $text}}) { id }",
        "task_tag_limit(where: {tag: {_eq: $text}}) { id }",
    ],
)
def test_text_that_is_longer_than_any_key_of_the_database_matches_nothing(service, field):
    data = service.data(f"query($text: String!) {{ rows: {field} }}", {"text": "x" * 3000})

    assert data == {"rows": []}


@pytest.mark.parametrize("entity", ["tenant", "project", "flow", "flow_run"])
def test_unknown_id_is_null_by_pk_and_an_empty_list(service, entity):
    unknown = f'where: {{id: {{_eq: "{ELSEWHERE}"}}}}'

    data = service.data(f'{{ {entity}_by_pk(id: "{ELSEWHERE}") {{ id }} {entity}({unknown}) {{ id }} }}')

    assert data == {f"{entity}_by_pk": None, entity: []}


@pytest.mark.parametrize(
    "spelling", [str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}"]
)
def test_id_is_found_in_any_spelling(service, spelling):
    flow_run_id = service.run()

    assert service.read(spelling(flow_run_id), "id") == {"id": flow_run_id}


def test_response_has_the_selected_fields_alone(service):
    flow_run_id = service.run()

    run = service.read(flow_run_id, "version flow { settings } one: state task_runs { id } __typename")

    assert list(run) == ["version", "flow", "one", "task_runs", "__typename"]
    assert list(run["flow"]) == ["settings"]
    assert (run["task_runs"], run["one"], run["__typename"]) == ([], "Scheduled", "flow_run")


class TestListsOfRuns:
    @pytest.fixture
    def stored(self, service):
        project_id = service.project()
        flows = [service.flow({"name": name}, project_id=project_id) for name in ("one", "other")]
        for number, flow_id in enumerate([*flows, *flows, *flows]):
            run = service.run(
                flow_id, flow_run_name=f"run {number}", parameters={"n": number}, labels=["a"][number % 2 :]
            )
            if number in (1, 2):
                service.set_state(run, {"type": "Running", "message": f"of {number}"})
        return service

    def test_newest_run_comes_first(self, stored):
        assert names(stored, "") == ["run 5", "run 4", "run 3", "run 2", "run 1", "run 0"]
        assert names(stored, "(limit: 2)") == ["run 5", "run 4"]
        assert names(stored, "(limit: 2, offset: 3)") == ["run 2", "run 1"]
        assert names(stored, "(order_by: {created: asc}, limit: 2)") == ["run 0", "run 1"]
        assert names(stored, "(limit: 0)") == names(stored, "(offset: 6)") == []

    @pytest.mark.parametrize(
        ("where", "numbers"),
        [
            ('{flow: {name: {_eq: "one"}}}', [4, 2, 0]),
            ('{flow: {name: {_in: ["one", "none"]}}}', [4, 2, 0]),
            ('{state: {_eq: "Running"}}', [2, 1]),
            ('{state: {_in: ["Running", "Success"]}, name: {_neq: "run 1"}}', [2]),
            ('{_or: [{name: {_eq: "run 0"}}, {name: {_ilike: "RUN 5"}}]}', [5, 0]),
            ("{start_time: {_is_null: false}}", [2, 1]),
            ("{_not: {start_time: {_is_null: true}}}", [2, 1]),
            ("{parameters: {_contains: {n: 3}}}", [3]),
            ('{labels: {_has_key: "a"}}', [4, 2, 0]),
            ('{labels: {_has_keys_any: ["a", "b"]}}', [4, 2, 0]),
            ('{labels: {_has_keys_all: ["a", "b"]}}', []),
            ('{parameters: {_has_keys_all: ["n"]}}', [5, 4, 3, 2, 1, 0]),
            ('{labels: {_contained_in: ["b"]}}', [5, 3, 1]),
            ("{version: {_gt: 1, _lte: 2}}", [2, 1]),
            ('{states: {message: {_eq: "of 1"}}}', [1]),
            ('{created: {_gt: "1960-01-01", _lt: "2999-01-01"}}', [5, 4, 3, 2, 1, 0]),
            ('{created: {_gt: "2999-01-01", _lt: "1960-01-01"}}', []),
            ('{name: {_eq: null}, _and: [{state: {_eq: "Running"}}, {}]}', [2, 1]),
            ('{name: {_nin: []}, state: {_nin: ["Scheduled"]}}', [2, 1]),
            ("{name: {_in: []}}", []),
            ("{_or: []}", []),
            ('{flow: {project: {name: {_eq: "no such project"}}}}', []),
            ("{flow: {archived: {_eq: false}, project: {}}}", [5, 4, 3, 2, 1, 0]),
        ],
    )
    def test_runs_are_filtered(self, stored, where, numbers):
        assert names(stored, f"(where: {where})") == [f"run {number}" for number in numbers]

    def test_runs_are_counted(self, stored):
        data = stored.data("""{
          all: flow_run_aggregate { aggregate { count } }
          running: flow_run_aggregate(where: {state: {_eq: "Running"}}) { aggregate { count } }
          names: flow_aggregate(distinct_on: archived) { aggregate { count } }
        }""")

        counts = {name: rows["aggregate"]["count"] for name, rows in data.items()}
        assert counts == {"all": 6, "running": 2, "names": 1}

    def test_versions_are_counted_with_their_ends_values_and_rows(self, service):
        project_id = service.project()
        for _ in range(3):
            service.flow(project_id=project_id)

        of = f'flow_aggregate(where: {{project_id: {{_eq: "{project_id}"}}, name: {{_eq: "My Flow Name"}}}})'
        data = service.data(f"""{{
          ends: {of} {{ aggregate {{ count max {{ version }} min {{ version }} }} }}
          values: {of} {{ aggregate {{ count(columns: [version], distinct: true) max {{ version }} }} }}
          rows: {of} {{ aggregate {{ max {{ version }} }} nodes {{ version }} }}
          project(where: {{id: {{_eq: "{project_id}"}}}}) {{ flows_aggregate {{ aggregate {{ count }} }} }}
        }}""")

        assert data["ends"]["aggregate"] == {"count": 3, "max": {"version": 3}, "min": {"version": 1}}
        assert data["values"]["aggregate"] == {"count": 3, "max": {"version": 3}}
        assert sorted(row["version"] for row in data["rows"]["nodes"]) == [1, 2, 3]
        assert data["project"][0]["flows_aggregate"]["aggregate"]["count"] == 3

    def test_cost_header_returns_cost_and_plans(self, stored):
        query = '{ flow_run(where: {state: {_eq: "Running"}}, limit: 1) { id flow { name } } }'

        response = stored.send(query, **{"X-Flow-Runs-Cost": "1"})

        cost = response["extensions"]["cost"]
        shards = stored.account.settings.shards
        assert cost["plans"] == [f"flow_run: index by_status, {shards} ranges, as they come"]
        # One read of the index of each shard for its newest run, and reads of the run and its flow.
        assert cost["calls"] == shards + 2
        assert cost["items_read"] in (1 + 2, 2 + 2)
        assert cost["read_units"] > 0
        assert cost["write_units"] == 0
        assert "extensions" not in stored.send(query)

    @pytest.mark.parametrize("order", ["{version: desc, name: asc}", "[{version: desc}, {name: asc}]"])
    def test_keys_of_a_literal_order_by_are_in_sort_order(self, stored, order):
        assert names(stored, f"(order_by: {order})") == ["run 1", "run 2", "run 0", "run 3", "run 4", "run 5"]
        assert names(stored, "(order_by: {name: asc, version: desc})") == [f"run {n}" for n in range(6)]

    def test_keys_of_a_variable_order_by_are_in_sort_order(self, stored):
        declared = "($by: [flow_run_order_by!])"

        def by(*keys):
            return names(stored, "(order_by: $by)", {"by": dict(keys)}, declared)

        assert by(("version", "desc"), ("name", "asc")) == [
            "run 1",
            "run 2",
            "run 0",
            "run 3",
            "run 4",
            "run 5",
        ]
        assert by(("name", "asc"), ("version", "desc")) == [f"run {number}" for number in range(6)]

    def test_runs_are_ordered_and_made_distinct_by_their_flow(self, stored):
        assert names(stored, "(order_by: {flow: {name: desc}, created: asc}, limit: 4)") == [
            *("run 1", "run 3", "run 5", "run 0")
        ]
        assert names(stored, "(distinct_on: flow_id, order_by: {flow_id: asc, name: desc})") == [
            "run 4",
            "run 5",
        ]

    def test_filter_limit_and_offset_may_be_variables(self, stored):
        declared = "($where: flow_run_bool_exp, $limit: Int)"
        where = {"state": {"_eq": "Running"}, "id": {"_eq": None}}

        found = names(stored, "(where: $where, limit: $limit)", {"where": where, "limit": 1}, declared)

        assert found == ["run 2"]

    def test_filter_may_use_fields_that_are_not_selected(self, stored):
        rows = stored.data(
            """{ flow_run(where: {flow: {name: {_eq: "one"}}}, limit: 1) {
                parameters state_message serialized_state heartbeat states { state }
                flow {
                    name serialized_flow
                    project { name flows { name } flows_aggregate { aggregate { count } } }
                }
            } }"""
        )["flow_run"]

        flow = rows[0]["flow"]
        assert rows[0]["parameters"] == {"n": 4}
        assert flow["serialized_flow"] == {"name": "one"}
        assert sorted(flow["name"] for flow in flow["project"]["flows"]) == ["one", "other"]
        assert flow["project"]["flows_aggregate"]["aggregate"] == {"count": 2}


class TestListsOfFlows:
    @pytest.fixture
    def stored(self, service):
        project_id = service.project()
        for name in ("b", "a", "b"):
            service.flow({"name": name}, project_id=project_id)
        service.flow({"name": "b"})
        return service

    def flows(self, service, arguments):
        rows = service.data(f"{{ flow{arguments} {{ name version archived project {{ name }} }} }}")["flow"]
        return [(row["name"], row["version"], row["archived"]) for row in rows]

    def test_flows_are_ordered(self, stored):
        assert self.flows(stored, "(order_by: {name: asc, version: desc, created: asc})") == [
            *(("a", 1, False), ("b", 2, False), ("b", 1, True), ("b", 1, False))
        ]
        assert self.flows(stored, "(order_by: {created: desc}, limit: 1)") == [("b", 1, False)]

    def test_archived_flows_are_listed_unless_filtered_out(self, stored):
        assert len(self.flows(stored, "")) == 4
        assert len(self.flows(stored, "(where: {archived: {_eq: false}})")) == 3

    def test_version_group_filter_finds_all_its_versions(self, stored):
        query = '{ flow(where: {name: {_eq: "b"}}) { flow_group_id } }'
        groups = sorted({row["flow_group_id"] for row in stored.data(query)["flow"]})
        listed = ", ".join(f'"{group}"' for group in groups)

        assert len(groups) == 2
        assert len(self.flows(stored, f"(where: {{flow_group_id: {{_in: [{listed}]}}}})")) == 3

    def test_nested_lists_have_arguments_of_their_own(self, stored):
        (project, *_) = stored.data(
            """{ project(order_by: {name: asc}) {
                name
                newest: flows(
                    where: {flow_group: {name: {_is_null: false}}}, order_by: {created: desc}, limit: 1
                ) { name }
                flows_aggregate(distinct_on: name) { aggregate { count } }
            } }"""
        )["project"]

        assert project["newest"] == [{"name": "b"}]
        assert project["flows_aggregate"] == {"aggregate": {"count": 2}}


class TestRefusals:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ("(limit: -1)", "limit must be from 0 to 5,000"),
            ("(limit: 5001)", "limit must be from 0 to 5,000"),
            ("(offset: -1)", "offset must be from 0 to 10,000"),
            ("(offset: 10001)", "offset must be from 0 to 10,000"),
            ("(distinct_on: name, order_by: {created: desc})", "distinct_on: "),
            ("(limit: 1.5)", "limit: "),
            ('(limit: "1")', "limit: "),
            ("(order_by: {created: newest})", "order_by.created: "),
            ('(where: {id: {_eq: "x"}})', "where.id._eq: "),
            ('(where: {created: {_lt: "x"}})', "where.created._lt: "),
            ("(where: {version: {_in: [1, null]}})", "where.version._in: "),
        ],
    )
    def test_unusable_arguments_are_refused(self, service, arguments, message):
        error = service.error(f"{{ flow_run{arguments} {{ id }} }}")

        assert code(error) == "BAD_USER_INPUT"
        assert error["message"].startswith(message)

    @pytest.mark.parametrize("literal", ['"x"', '""', "5", "null"])
    def test_malformed_id_has_one_error_as_literal_and_variable(self, service, literal):
        value = None if literal == "null" else literal.strip('"')
        by_literal = service.error(f"{{ flow_run_by_pk(id: {literal}) {{ id }} }}")
        by_variable = service.error("query($id: UUID!) { flow_run_by_pk(id: $id) { id } }", {"id": value})

        assert code(by_literal) == code(by_variable) == "BAD_USER_INPUT"
        assert by_literal["message"].startswith("id: ")

    @pytest.mark.parametrize(
        ("query", "suggestion"),
        [
            ("{ flow_run { nmae } }", "'name'"),
            ("{ flow_runs { name } }", "'flow_run'"),
            ("{ flow_run(wheer: {}) { name } }", "'where'"),
            ("{ flow_run(where: {nmae: {}}) { name } }", "'name'"),
        ],
    )
    def test_unknown_field_is_refused_with_a_suggestion(self, service, query, suggestion):
        error = service.error(query)

        assert code(error) == "GRAPHQL_VALIDATION_FAILED"
        assert suggestion in error["message"]


def test_runs_are_sorted_by_their_parameters(service):
    flow_id = service.flow()
    for number in (2, 0, 1):
        service.run(flow_id, flow_run_name=str(number), parameters={"n": number})

    assert names(service, "(order_by: {parameters: asc})") == ["0", "1", "2"]


class TestTasks:
    @pytest.fixture
    def stored(self, service):
        tasks = [{"slug": "a-1", "name": "a", "max_retries": 2}, {"slug": "b-1", "name": "b", "tags": ["x"]}]
        edges = [{"upstream_task": {"slug": "a-1"}, "downstream_task": {"slug": "b-1"}, "mapped": True}]
        service.flow({"name": "With tasks", "tasks": tasks, "edges": edges})
        service.flow({"name": "Without"})
        return service

    def test_tasks_are_read_under_their_flow(self, stored):
        query = (
            '{ flow(where: {name: {_eq: "With tasks"}}) { tasks(order_by: {name: desc}) { name mapped } } }'
        )

        assert stored.data(query)["flow"] == [
            {"tasks": [{"name": "b", "mapped": True}, {"name": "a", "mapped": False}]}
        ]

    def test_tasks_are_listed_by_flow_and_filtered(self, stored):
        where = '{_and: {name: {_eq: "a"}, flow: {name: {_eq: null}, version: {_eq: null}}}}'
        query = (
            f"{{ task(where: {where}, order_by: {{created: desc}}) {{ slug max_retries flow {{ name }} }} }}"
        )

        assert stored.data(query)["task"] == [
            {"slug": "a-1", "max_retries": 2, "flow": {"name": "With tasks"}}
        ]

    def test_flow_is_found_by_its_tasks(self, stored):
        query = '{ flow(where: {tasks: {tags: {_contains: ["x"]}}}) { name } }'

        assert stored.data(query)["flow"] == [{"name": "With tasks"}]

    def test_edges_of_too_many_flows_are_refused_with_advice_that_helps(self, stored, monkeypatch):
        monkeypatch.setattr("operations.reads.plans.flows.edge_plans.MAX_WHOLE_FLOWS", 1)
        current = "flow: {archived: {_eq: false}}"

        assert current in stored.error("{ edge { id } }")["message"]
        assert current not in stored.error(f"{{ edge(where: {{{current}}}) {{ id }} }}")["message"]
        by_name = '{ edge(where: {flow: {name: {_eq: "With tasks"}}}) { id } }'
        assert len(stored.data(by_name)["edge"]) == 1
