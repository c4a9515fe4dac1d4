from typing import Any

import pytest

from domain.errors import BadUserInput, PayloadTooLarge
from domain.flows.labels import MAX_LABELS, check_labels
from domain.flows.run_defaults import (
    check_runnable,
    effective_labels,
    effective_parameters,
)
from domain.flows.serialized import check_serialized_flow, outline
from tests.unit.objects import flow


def parameter(name, *, required=False, default=None):
    return {"name": name, "slug": name, "required": required, "default": default, "type": "Parameter"}


def test_flow_with_a_name_alone_is_accepted():
    minimal = {"name": "My Flow Name"}

    assert check_serialized_flow(minimal) is minimal


def test_other_parts_of_a_flow_are_kept():
    whole: dict[str, Any] = {
        "name": "x",
        "tasks": [{"slug": "a"}, None],
        "edges": None,
        "storage": {},
        "later": [1, {"a": None}],
    }

    assert check_serialized_flow(whole) is whole


@pytest.mark.parametrize("value", [None, "x", 5, [], [{"name": "x"}]], ids=repr)
def test_flow_that_is_no_object_is_refused_with_an_example(value):
    with pytest.raises(BadUserInput, match=r'must be an object such as {"name"'):
        check_serialized_flow(value)


@pytest.mark.parametrize(
    "value", [{}, {"name": None}, {"name": " "}, {"name": 5}, {"name": "x" * 201}], ids=repr
)
def test_flow_without_a_usable_name_is_refused(value):
    with pytest.raises(BadUserInput, match=r"^serialized_flow.name "):
        check_serialized_flow(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("parameters", {}), ("tasks", "x"), ("edges", 5)),
        *(("environment", []), ("run_config", "x"), ("schedule", 5), ("storage", [{}])),
    ],
)
def test_part_of_a_wrong_type_is_refused_by_its_name(key, value):
    with pytest.raises(BadUserInput, match=rf"^serialized_flow\.{key} must be "):
        check_serialized_flow({"name": "x", key: value})


def test_outline_has_parameters_and_storage_but_no_tasks():
    serialized = {
        "name": "x",
        "tasks": [{"slug": "a"}],
        "parameters": [parameter("x")],
        "storage": {"type": "Local"},
        "run_config": None,
        "__version__": "1.4.1",
    }

    assert outline(serialized, "about", None) == {
        "parameters": [parameter("x")],
        "storage": {"type": "Local"},
        "core_version": "1.4.1",
        "description": "about",
    }


def test_core_version_is_the_flows_or_else_the_clients():
    assert outline({"__version__": "1.4.1"}, None, "0.8.1")["core_version"] == "1.4.1"
    assert outline({}, None, "0.8.1")["core_version"] == "0.8.1"
    assert "core_version" not in outline({}, None, None)


class TestParameters:
    def test_given_parameters_replace_the_flows_defaults(self):
        known = flow({"parameters": [parameter("a", default=1), parameter("b", default=2)]})

        assert effective_parameters(known, {"b": 3, "c": 4}) == {
            "a": 1,
            "b": 3,
            "c": 4,
        }

    def test_default_of_false_or_zero_counts_and_null_does_not(self):
        known = flow(
            {"parameters": [parameter("a", default=0), parameter("b", default=False), parameter("c")]}
        )

        assert effective_parameters(known, None) == {"a": 0, "b": False}

    def test_given_null_replaces_a_default(self):
        known = flow({"parameters": [parameter("a", default=1)]})
        assert effective_parameters(known, {"a": None}) == {"a": None}

    def test_missing_required_parameters_are_all_named(self):
        known = flow({"parameters": [parameter(name, required=True) for name in "cab"]})

        with pytest.raises(BadUserInput, match=r"requires the parameters b, c, which") as refused:
            check_runnable(known, {"a": 1})
        assert refused.value.extensions == {"code": "BAD_USER_INPUT", "missing_parameters": ["b", "c"]}

    def test_required_parameter_may_be_null(self):
        check_runnable(flow({"parameters": [parameter("a", required=True)]}), {"a": None})

    def test_entries_that_are_no_parameters_are_skipped(self):
        known = flow({"parameters": [5, None, {}, {"default": 1}, parameter("a", default=1)]})

        assert effective_parameters(known, None) == {"a": 1}


def test_archived_flow_is_refused_with_its_version_group():
    with pytest.raises(BadUserInput, match=r"archived .* version_group_id 'a group'"):
        check_runnable(flow(archived=True), {})


EVERYWHERE = {"run_config": {"labels": ["flow's"]}, "environment": {"labels": ["environment's"]}}


class TestLabels:
    def test_given_labels_come_first_even_if_empty(self):
        assert effective_labels(flow(EVERYWHERE), ["b", "a", "b"], {"labels": ["z"]}) == ["a", "b"]
        assert effective_labels(flow(EVERYWHERE), [], {"labels": ["z"]}) == []

    def test_labels_of_the_given_run_config_come_second(self):
        assert effective_labels(flow(EVERYWHERE), None, {"labels": ["z"]}) == ["z"]
        assert effective_labels(flow(EVERYWHERE), None, {"labels": []}) == []

    def test_labels_of_the_flows_run_config_come_third(self):
        assert effective_labels(flow(EVERYWHERE), None, {"labels": None}) == ["flow's"]
        assert effective_labels(flow(EVERYWHERE), None, {}) == ["flow's"]

    def test_labels_of_the_environment_come_fourth(self):
        only = {"environment": EVERYWHERE["environment"]}

        assert effective_labels(flow(only), None, None) == ["environment's"]
        assert effective_labels(flow({**only, "run_config": {"labels": []}}), None, None) == []

    def test_run_without_any_labels_has_none(self):
        assert effective_labels(flow(), None, None) == []

    @pytest.mark.parametrize("labels", ["abc", 5, {"a": 1}, [1], [None], [["a"]]], ids=repr)
    def test_labels_that_are_no_list_of_texts_are_refused(self, labels):
        with pytest.raises(BadUserInput, match=r"labels must be a list of texts"):
            check_labels(labels)

    @pytest.mark.parametrize("label", ["", " ", "x" * 201, "a\nb"], ids=repr)
    def test_label_that_is_no_name_is_refused(self, label):
        with pytest.raises(BadUserInput, match=r"^a label "):
            check_labels([label])

    def test_more_labels_than_max_labels_are_refused(self):
        assert len(check_labels([f"{number:03}" for number in range(MAX_LABELS)])) == MAX_LABELS
        with pytest.raises(PayloadTooLarge, match=r"at most 100"):
            check_labels(["x"] * (MAX_LABELS + 1))


def test_labels_that_are_too_long_together_are_refused():
    labels = [f"{number:02d}" + "é" * 98 for number in range(21)]

    assert len(check_labels(labels[:20])) == 20
    with pytest.raises(PayloadTooLarge, match=r"4,158 bytes"):
        check_labels(labels)
