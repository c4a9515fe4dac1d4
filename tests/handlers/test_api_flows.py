import base64
import gzip
import json
from typing import Any

import pytest

from tests.handlers.service import CAMEL, SNAKE, both_dialects, code

ELSEWHERE = "2a9c1c6f-7e0a-4c55-8a43-0d9c7b1f3a10"
FLOW = """
    id name version archived description parameters storage environment run_config schedule settings
    core_version is_schedule_active serialized_flow project_id flow_group_id version_group_id created updated
    project { id name } flow_group { id name labels settings } tenant { slug }
"""
# A flow of release 0.8.1: it has no `__version__`, an environment, and UUIDs as slugs of tasks.
OLD: dict[str, Any] = {
    "name": "My Flow Name",
    "type": "prefect.core.flow.Flow",
    "schedule": None,
    "parameters": [{"required": True, "name": "a", "default": None, "slug": "a", "tags": []}],
    "tasks": [{"name": "a", "slug": "a", "max_retries": 0}, {"name": "é 👋", "slug": ELSEWHERE}],
    "edges": [{"key": "x", "upstream_task": {"slug": "a"}, "downstream_task": {"slug": ELSEWHERE}}],
    "reference_tasks": [],
    "environment": {"labels": ["vm"], "type": "RemoteEnvironment", "__version__": "0.8.1"},
    "storage": {"directory": "/flows", "type": "Local", "__version__": "0.8.1"},
}
# A flow of `flow.register` of release 1.4.1, which sends tasks and edges separately.
NEW = {
    "name": "My Flow Name",
    "type": "prefect.core.flow.Flow",
    "schedule": {"clocks": [{"type": "CronClock", "cron": "0 0 * * *"}]},
    "parameters": [],
    "reference_tasks": [],
    "run_config": {"labels": ["prod"], "type": "LocalRun", "__version__": "1.4.1"},
    "storage": {"type": "Local", "__version__": "1.4.1"},
    "__version__": "1.4.1",
}


def compressed(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.b64encode(gzip.compress(raw, mtime=0)).decode()


def register(service, dialect, serialized, *, packed=False, selection="id", **more):
    mutation = "create_flow_from_compressed_string" if packed else "create_flow"
    given = {"serialized_flow": compressed(serialized) if packed else serialized, **more}
    given.setdefault("project_id", service.project() if "project_id" not in given else None)
    return service.mutate(dialect, mutation, given, selection)


def read(service, flow_id, selection=FLOW):
    return service.data(f'{{ flow_by_pk(id: "{flow_id}") {{ {selection} }} }}')["flow_by_pk"]


TASKS = ({"slug": "a", "name": "a"}, {"slug": "b-1", "name": "b"})
EDGE = {"upstream_task": {"slug": "a"}, "downstream_task": {"slug": "b-1"}, "key": "x", "mapped": False}

both_forms = pytest.mark.parametrize("packed", [False, True], ids=["as it is", "compressed"])


class TestProjects:
    @both_dialects
    def test_created_project_can_be_read(self, service, dialect):
        given = {"name": "Hello, World!", "description": "about"}

        payload = service.mutate(
            dialect,
            "create_project",
            given,
            "id project { id name description created updated tenant { slug } }",
        )

        project = payload["project"]
        assert payload["id"] == project["id"]
        assert (project["name"], project["description"]) == ("Hello, World!", "about")
        assert project["created"] == project["updated"]
        assert project["tenant"] == {"slug": "default"}
        by_name = service.data('{ project(where: { name: { _eq: "Hello, World!" } }) { id } }')
        assert by_name == {"project": [{"id": payload["id"]}]}

    @both_dialects
    def test_second_project_of_a_name_is_a_uniqueness_violation(self, service, dialect):
        service.mutate(dialect, "create_project", {"name": "Hello, World!"}, "id")

        error = service.refuse(dialect, "create_project", {"name": "Hello, World!"})

        assert error["message"] == "Uniqueness violation."
        assert code(error) == "BAD_USER_INPUT"
        assert service.mutate(dialect, "create_project", {"name": "hello, world!"}, "id")

    @both_dialects
    def test_project_for_another_tenant_is_forbidden(self, service, dialect):
        own = service.data("{ tenant { id } }")["tenant"][0]["id"]

        for tenant_id in (None, own, own.upper()):
            given = {"name": f"of {tenant_id}", "tenant_id": tenant_id}
            assert service.mutate(dialect, "create_project", given, "id")
        error = service.refuse(dialect, "create_project", {"name": "x", "tenant_id": ELSEWHERE})
        assert code(error) == "FORBIDDEN"

    @both_dialects
    @pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\nb"], ids=["empty", "blank", "long", "control"])
    def test_unusable_project_name_is_refused(self, service, dialect, name):
        assert code(service.refuse(dialect, "create_project", {"name": name})) == "BAD_USER_INPUT"

    @both_dialects
    def test_too_long_description_is_refused(self, service, dialect):
        error = service.refuse(dialect, "create_project", {"name": "x", "description": "x" * 500_000})

        assert code(error) == "PAYLOAD_TOO_LARGE"


class TestRegistering:
    @both_dialects
    @both_forms
    def test_flow_with_a_name_alone_is_registered(self, service, dialect, packed):
        flow_id = register(service, dialect, {"name": "My Flow Name"}, packed=packed)["id"]

        flow = read(service, flow_id)
        assert (flow["name"], flow["version"], flow["archived"]) == ("My Flow Name", 1, False)
        assert flow["serialized_flow"] == {"name": "My Flow Name"}
        assert flow["settings"]["heartbeat_enabled"] is True
        assert flow["settings"]["disable_heartbeat"] is False
        assert (flow["parameters"], flow["flow_group"]["labels"]) == ([], None)
        assert flow["flow_group"] == {
            "id": flow["flow_group_id"],
            "name": flow["version_group_id"],
            "labels": None,
            "settings": flow["settings"],
        }

    @both_dialects
    @both_forms
    @pytest.mark.parametrize("serialized", [OLD, NEW], ids=["0.8.1", "1.4.1"])
    def test_serialized_flow_is_returned_unchanged(self, service, dialect, packed, serialized):
        flow_id = register(service, dialect, serialized, packed=packed)["id"]

        flow = read(service, flow_id)
        assert flow["serialized_flow"] == serialized
        names = ("parameters", "storage", "environment", "run_config", "schedule")
        assert {name: flow[name] for name in names} == {name: serialized.get(name) for name in names}

    def test_core_version_is_the_flows_or_that_of_the_header(self, service):
        document = CAMEL.document("create_flow", "flow { core_version }")
        given = {"projectId": service.project(), "serializedFlow": OLD}

        data = service.data(document, {"input": given}, **{"x-prefect-core-version": "0.8.1"})

        assert data["createFlow"]["flow"]["core_version"] == "0.8.1"
        assert register(service, SNAKE, NEW, selection="flow { core_version }") == {
            "flow": {"core_version": "1.4.1"}
        }

    @both_dialects
    def test_serialized_flow_may_be_json_text(self, service, dialect):
        assert read(service, register(service, dialect, json.dumps(OLD))["id"])["serialized_flow"] == OLD

    def test_serialized_flow_of_megabytes_is_returned_unchanged(self, service):
        noise = "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(400_000))
        serialized = {"name": "large", "tasks": [{"slug": "a", "doc": noise}]}

        flow_id = register(service, SNAKE, serialized, packed=True)["id"]

        assert read(service, flow_id, "serialized_flow") == {"serialized_flow": serialized}

    @both_dialects
    def test_second_registration_of_a_name_is_version_2_and_archives_1(self, service, dialect):
        project_id = service.project()

        first, second = (register(service, dialect, OLD, project_id=project_id)["id"] for _ in range(2))

        old, new = read(service, first), read(service, second)
        assert (old["version"], old["archived"]) == (1, True)
        assert (new["version"], new["archived"]) == (2, False)
        assert old["flow_group_id"] == new["flow_group_id"]
        assert old["version_group_id"] == new["version_group_id"]
        assert (
            code(service.refuse(dialect, "create_flow_run", {"flow_id": first, "parameters": {"a": 1}}))
            == "BAD_USER_INPUT"
        )

    @both_dialects
    def test_version_group_may_hold_versions_of_different_names(self, service, dialect):
        project_id = service.project()

        ids = [
            register(service, dialect, {"name": name}, project_id=project_id, version_group_id="my-group")[
                "id"
            ]
            for name in ("one", "other")
        ]

        flows = [read(service, flow_id) for flow_id in ids]
        assert [(flow["version"], flow["archived"]) for flow in flows] == [(1, True), (2, False)]
        assert {flow["version_group_id"] for flow in flows} == {"my-group"}

    def test_other_project_or_name_begins_another_group(self, service):
        project_id = service.project()

        ids = [service.flow({"name": "x"}, project_id=project_id), service.flow({"name": "x"})]
        ids.append(service.flow({"name": "y"}, project_id=project_id))

        flows = [read(service, flow_id, "version archived flow_group_id") for flow_id in ids]
        assert [(flow["version"], flow["archived"]) for flow in flows] == [(1, False)] * 3
        assert len({flow["flow_group_id"] for flow in flows}) == 3

    @both_dialects
    @both_forms
    def test_repeated_key_returns_the_registered_flow(self, service, dialect, packed):
        project_id = service.project()

        def again(key):
            return register(service, dialect, OLD, packed=packed, project_id=project_id, idempotency_key=key)[
                "id"
            ]

        first = again("a")
        assert again("a") == first
        second = again("b")
        assert second != first
        assert again("a") not in (first, second)
        assert read(service, again(None), "version") == {"version": 4}

    @both_dialects
    def test_repeated_key_of_an_archived_flow_registers_a_version(self, service, dialect):
        project_id = service.project()
        first = register(service, dialect, OLD, project_id=project_id, idempotency_key="a")["id"]
        service.mutate(dialect, "archive_flow", {"flow_id": first}, "id")

        second = register(service, dialect, OLD, project_id=project_id, idempotency_key="a")["id"]

        assert second != first
        assert read(service, second, "version archived") == {"version": 2, "archived": False}

    @both_dialects
    def test_registration_switches_on_an_existing_schedule_only(self, service, dialect):
        for serialized, wanted, expected in ((NEW, True, True), (NEW, False, False), (OLD, True, False)):
            flow_id = register(service, dialect, serialized, set_schedule_active=wanted)["id"]
            assert read(service, flow_id, "is_schedule_active") == {"is_schedule_active": expected}

    @both_dialects
    @both_forms
    @pytest.mark.parametrize("given", [{}, {"project_id": None}], ids=["absent", "null"])
    def test_registration_without_a_project_uses_the_default_project(self, service, dialect, packed, given):
        mutation = "create_flow_from_compressed_string" if packed else "create_flow"
        request = {
            "serialized_flow": compressed(OLD) if packed else OLD,
            "set_schedule_active": True,
            "version_group_id": None,
            **given,
        }

        made = [service.mutate(dialect, mutation, request, "flow { version project { name } }") for _ in "ab"]

        in_default = {"project": {"name": "Default"}}
        assert made == [{"flow": {"version": version, **in_default}} for version in (1, 2)]


class TestRefusedRegistrations:
    @both_dialects
    @both_forms
    def test_unknown_project_is_not_found(self, service, dialect, packed):
        mutation = "create_flow_from_compressed_string" if packed else "create_flow"
        given = {"project_id": ELSEWHERE, "serialized_flow": compressed(OLD) if packed else OLD}

        error = service.refuse(dialect, mutation, given)

        assert code(error) == "NOT_FOUND"
        assert ELSEWHERE in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        "serialized",
        [
            *(
                {},
                {"name": ""},
                {"name": 5},
                {"name": "x" * 201},
                {"name": "a\nb"},
                {"name": "x", "tasks": {}},
            ),
            *({"name": "x", "parameters": "y"}, {"name": "x", "storage": []}, [], 5, "text", '{"name": NaN}'),
        ],
        ids=lambda value: repr(value)[:25],
    )
    def test_value_that_is_no_flow_is_refused(self, service, dialect, serialized):
        given = {"project_id": service.project(), "serialized_flow": serialized}

        error = service.refuse(dialect, "create_flow", given)

        assert code(error) == "BAD_USER_INPUT"
        assert "serialized_flow" in error["message"]

    @both_dialects
    @pytest.mark.parametrize(
        "text",
        [
            *("", "no base64!", "YWJj", "H4sI", compressed(OLD)[:-8], compressed(OLD)[:40], "=" * 8, "👋"),
            *(compressed(b""), compressed(b"{"), compressed(b"\xff\xfe"), compressed([]), compressed({})),
            *(compressed(b'{"name": "x", "a": NaN}'), compressed(b'{"name": "x", "a": "\\ud800"}')),
            compressed(b'{"name": "x", "a": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"),
            base64.b64encode(json.dumps(OLD).encode()).decode(),
        ],
        ids=lambda text: text[:12],
    )
    def test_text_that_is_no_compressed_flow_is_refused(self, service, dialect, text):
        given = {"project_id": service.project(), "serialized_flow": text}

        error = service.refuse(dialect, "create_flow_from_compressed_string", given)

        assert code(error) == "BAD_USER_INPUT"
        assert error["message"].startswith("serialized_flow")

    def test_decompression_bomb_is_refused_early(self, service, monkeypatch):
        monkeypatch.setattr("operations.flows.compressed.MAX_FLOW_BYTES", 1_000_000)
        bomb = compressed(b'{"name": "x", "a": "' + b"x" * 50_000_000 + b'"}')
        assert len(bomb) < 100_000

        given = {"project_id": service.project(), "serialized_flow": bomb}
        error = service.refuse(SNAKE, "create_flow_from_compressed_string", given)

        assert code(error) == "PAYLOAD_TOO_LARGE"
        assert "1,000,000" in error["message"]

    @both_dialects
    @pytest.mark.parametrize(("name", "value"), [("version_group_id", ""), ("version_group_id", "x" * 201)])
    def test_unusable_version_group_is_refused(self, service, dialect, name, value):
        given = {"project_id": service.project(), "serialized_flow": OLD, name: value}

        assert code(service.refuse(dialect, "create_flow", given)) == "BAD_USER_INPUT"

    @both_dialects
    @pytest.mark.parametrize("key", ["", "x" * 500_000], ids=["empty", "endless"])
    def test_unusable_idempotency_key_is_refused(self, service, dialect, key):
        given = {"project_id": service.project(), "serialized_flow": OLD, "idempotency_key": key}

        error = service.refuse(dialect, "create_flow", given)

        assert code(error) == "BAD_USER_INPUT"
        assert "idempotency_key" in error["message"]


class TestArchiving:
    @both_dialects
    def test_second_archiving_changes_nothing(self, service, dialect):
        flow_id = service.flow()

        first = service.mutate(dialect, "archive_flow", {"flow_id": flow_id}, "id flow { archived updated }")
        again = service.mutate(dialect, "archive_flow", {"flow_id": flow_id}, "id flow { archived updated }")

        assert first["id"] == flow_id
        assert first["flow"]["archived"] is True
        assert again == first

    @both_dialects
    def test_archiving_an_unknown_flow_is_not_found(self, service, dialect):
        assert code(service.refuse(dialect, "archive_flow", {"flow_id": ELSEWHERE})) == "NOT_FOUND"


class TestTasksAndEdges:
    """The parts of a flow that `flow.register` sends separately from release 0.15.5 on."""

    def register(self, service, what, flow_id, entries):
        given = {"flow_id": flow_id, f"serialized_{what}": entries}
        assert service.mutate(SNAKE, f"register_{what}", given, "success error") == {
            "success": True,
            "error": None,
        }

    def test_tasks_and_edges_are_added_once(self, service):
        flow_id = service.flow(NEW)

        for _ in range(2):
            self.register(service, "tasks", flow_id, list(TASKS))
            self.register(service, "edges", flow_id, [EDGE])
            self.register(service, "tasks", flow_id, [])

        whole = {**NEW, "tasks": list(TASKS), "edges": [EDGE]}
        assert read(service, flow_id, "serialized_flow") == {"serialized_flow": whole}

    def test_known_tasks_and_edges_stay_as_they_are(self, service):
        flow_id = service.flow(
            {**NEW, "tasks": [{"slug": "a", "old": True}, 5, {"slug": ["x"]}], "edges": [5, {}]}
        )

        self.register(service, "tasks", flow_id, list(TASKS))
        self.register(service, "edges", flow_id, [EDGE])

        flow = read(service, flow_id, "serialized_flow")["serialized_flow"]
        assert flow["tasks"] == [{"slug": "a", "old": True}, 5, {"slug": ["x"]}, TASKS[1]]
        assert flow["edges"] == [5, {}, EDGE]

    def test_edge_of_an_unknown_task_is_refused_with_the_task(self, service):
        given = {"flow_id": service.flow({"tasks": [{"slug": "a"}]}), "serialized_edges": [EDGE]}

        error = service.refuse(SNAKE, "register_edges", given)

        assert code(error) == "BAD_USER_INPUT"
        assert "b-1" in error["message"]

    @pytest.mark.parametrize("what", ["tasks", "edges"])
    @pytest.mark.parametrize("entries", [{}, 5, "x", [5], [{}], [{"slug": 5}], [None], ["a"]], ids=repr)
    def test_value_that_is_no_task_or_edge_is_refused(self, service, what, entries):
        error = service.refuse(
            SNAKE, f"register_{what}", {"flow_id": service.flow(), f"serialized_{what}": entries}
        )

        assert code(error) == "BAD_USER_INPUT"
        assert f"serialized_{what}" in error["message"]

    @pytest.mark.parametrize("what", ["tasks", "edges"])
    def test_adding_to_an_unknown_flow_is_not_found(self, service, what):
        error = service.refuse(SNAKE, f"register_{what}", {"flow_id": ELSEWHERE, f"serialized_{what}": []})

        assert code(error) == "NOT_FOUND"


class TestSchedules:
    def test_schedule_is_switched_on(self, service):
        flow_id = service.flow(NEW)

        payload = service.mutate(SNAKE, "set_schedule_active", {"flow_id": flow_id}, "success error")

        assert payload == {"success": True, "error": None}
        assert read(service, flow_id, "is_schedule_active") == {"is_schedule_active": True}

    def test_switch_of_a_flow_without_schedule_has_no_success(self, service):
        payload = service.mutate(
            SNAKE, "set_schedule_active", {"flow_id": service.flow(OLD)}, "success error"
        )

        assert payload == {"success": False, "error": "The flow has no schedule."}

    def test_switch_of_an_unknown_flow_is_not_found(self, service):
        assert code(service.refuse(SNAKE, "set_schedule_active", {"flow_id": ELSEWHERE})) == "NOT_FOUND"
