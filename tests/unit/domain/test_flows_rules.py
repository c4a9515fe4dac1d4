from typing import Any

import pytest

from domain.errors import BadUserInput, PayloadTooLarge
from domain.flows.labels import MAX_LABELS, check_labels
from domain.flows.run_defaults import check_runnable, effective_labels, effective_parameters
from domain.flows.serialized import check_serialized_flow, outline
from tests.unit.objects import flow


def parameter(name, *, required=False, default=None):
    return {"name": name, "slug": name, "required": required, "default": default, "type": "Parameter"}


def test_a_name_is_all_that_a_flow_must_have():
    minimal = {"name": "My Flow Name"}

    assert check_serialized_flow(minimal) is minimal


def test_whatever_else_a_flow_has_is_kept_as_it_is():
    whole: dict[str, Any] = {
        "name": "x",
        "tasks": [{"slug": "a"}, None],
        "edges": None,
        "storage": {},
        "later": [1, {"a": None}],
    }

    assert check_serialized_flow(whole) is whole


@pytest.mark.parametrize("value", [None, "x", 5, [], [{"name": "x"}]], ids=repr)
def test_a_flow_that_is_no_object_is_refused_with_an_example(value):
    with pytest.raises(BadUserInput, match=r'must be an object such as {"name"'):
        check_serialized_flow(value)


@pytest.mark.parametrize(
    "value", [{}, {"name": None}, {"name": " "}, {"name": 5}, {"name": "x" * 201}], ids=repr
)
def test_a_flow_without_a_usable_name_is_refused(value):
    with pytest.raises(BadUserInput, match=r"^serialized_flow.name "):
        check_serialized_flow(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *(("parameters", {}), ("tasks", "x"), ("edges", 5)),
        *(("environment", []), ("run_config", "x"), ("schedule", 5), ("storage", [{}])),
    ],
)
def test_a_part_of_the_wrong_kind_is_refused_by_its_name(key, value):
    with pytest.raises(BadUserInput, match=rf"^serialized_flow\.{key} must be "):
        check_serialized_flow({"name": "x", key: value})


def test_the_outline_has_what_runs_need_and_not_the_tasks():
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


def test_the_release_is_what_the_flow_says_or_else_the_client():
    assert outline({"__version__": "1.4.1"}, None, "0.8.1")["core_version"] == "1.4.1"
    assert outline({}, None, "0.8.1")["core_version"] == "0.8.1"
    assert "core_version" not in outline({}, None, None)


class TestParameters:
    def test_the_requests_come_over_the_flows_defaults(self):
        known = flow({"parameters": [parameter("a", default=1), parameter("b", default=2)]})

        assert effective_parameters(known, {"b": 3, "c": 4}) == {"a": 1, "b": 3, "c": 4}

    def test_a_default_that_is_false_or_zero_counts_but_null_is_none(self):
        known = flow(
            {"parameters": [parameter("a", default=0), parameter("b", default=False), parameter("c")]}
        )

        assert effective_parameters(known, None) == {"a": 0, "b": False}

    def test_null_given_on_purpose_comes_over_a_default(self):
        assert effective_parameters(flow({"parameters": [parameter("a", default=1)]}), {"a": None}) == {
            "a": None
        }

    def test_every_required_one_that_is_missing_is_named(self):
        known = flow({"parameters": [parameter(name, required=True) for name in "cab"]})

        with pytest.raises(BadUserInput, match=r"requires the parameters b, c, which") as refused:
            check_runnable(known, {"a": 1})
        assert refused.value.extensions == {"code": "BAD_USER_INPUT", "missing_parameters": ["b", "c"]}

    def test_a_required_one_may_be_given_as_null(self):
        check_runnable(flow({"parameters": [parameter("a", required=True)]}), {"a": None})

    def test_entries_that_are_no_parameters_are_passed_over(self):
        known = flow({"parameters": [5, None, {}, {"default": 1}, parameter("a", default=1)]})

        assert effective_parameters(known, None) == {"a": 1}


def test_an_archived_flow_is_not_run_and_the_way_out_is_named():
    with pytest.raises(BadUserInput, match=r"archived .* version_group_id 'a group'"):
        check_runnable(flow(archived=True), {})


EVERYWHERE = {"run_config": {"labels": ["flow's"]}, "environment": {"labels": ["environment's"]}}


class TestLabels:
    def test_those_of_the_request_come_first_even_when_there_are_none(self):
        assert effective_labels(flow(EVERYWHERE), ["b", "a", "b"], {"labels": ["z"]}) == ["a", "b"]
        assert effective_labels(flow(EVERYWHERE), [], {"labels": ["z"]}) == []

    def test_then_those_of_the_requests_run_config(self):
        assert effective_labels(flow(EVERYWHERE), None, {"labels": ["z"]}) == ["z"]
        assert effective_labels(flow(EVERYWHERE), None, {"labels": []}) == []

    def test_then_those_of_the_flows_run_config(self):
        assert effective_labels(flow(EVERYWHERE), None, {"labels": None}) == ["flow's"]
        assert effective_labels(flow(EVERYWHERE), None, {}) == ["flow's"]

    def test_then_those_of_its_environment_as_old_releases_have_it(self):
        only = {"environment": EVERYWHERE["environment"]}

        assert effective_labels(flow(only), None, None) == ["environment's"]
        assert effective_labels(flow({**only, "run_config": {"labels": []}}), None, None) == []

    def test_and_none_where_nobody_says_any(self):
        assert effective_labels(flow(), None, None) == []

    @pytest.mark.parametrize("labels", ["abc", 5, {"a": 1}, [1], [None], [["a"]]], ids=repr)
    def test_they_are_a_list_of_texts(self, labels):
        with pytest.raises(BadUserInput, match=r"labels must be a list of texts"):
            check_labels(labels)

    @pytest.mark.parametrize("label", ["", " ", "x" * 201, "a\nb"], ids=repr)
    def test_each_is_a_name(self, label):
        with pytest.raises(BadUserInput, match=r"^a label "):
            check_labels([label])

    def test_a_run_cannot_have_so_many_that_its_item_grows_without_bound(self):
        assert len(check_labels([f"{number:03}" for number in range(MAX_LABELS)])) == MAX_LABELS
        with pytest.raises(PayloadTooLarge, match=r"at most 100"):
            check_labels(["x"] * (MAX_LABELS + 1))


def test_labels_that_are_too_long_together_are_refused():
    labels = [f"{number:02d}" + "é" * 98 for number in range(21)]

    assert len(check_labels(labels[:20])) == 20
    with pytest.raises(PayloadTooLarge, match=r"4,158 bytes"):
        check_labels(labels)
