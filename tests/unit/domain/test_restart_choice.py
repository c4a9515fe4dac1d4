"""The choice of a restart: what begins anew, by examples, and what holds for every flow and all states."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.flow_runs.known_task_runs import AGAIN, KnownTaskRun, is_to_be_reset
from domain.flow_runs.restart_choice import choose
from domain.flow_runs.restart_fates import Fate, children_to_reset, has_gap
from domain.flow_runs.restart_shape import FlowShape, loads_results
from domain.flow_runs.restarts import token_of_key
from domain.flows.edges import edges_of
from domain.flows.task_order import in_order
from domain.flows.tasks import task_outlines, tasks_of

FLOW_ID = "02025491-5200-7000-91b1-d38d5b560000"
LIST = "prefect.tasks.core.collections.List"


def flow(tasks, edges, *, loads_results=True):
    """Return a flow of tasks `a:type`, and edges `a>b`, mapped ones `a*b`, flattened ones `a/b`."""
    names = [task.partition(":")[0] for task in tasks.split()]
    serialized = {
        "tasks": [
            {"slug": name, "type": LIST if task.endswith(":list") else "own.Task"}
            for name, task in zip(names, tasks.split(), strict=True)
        ],
        "edges": [
            {
                "upstream_task": {"slug": edge[0]},
                "downstream_task": {"slug": edge[2]},
                "key": None if edge.endswith("!") else "x",
                "mapped": edge[1] in "*/",
                "flattened": edge[1] == "/",
            }
            for edge in edges.split()
        ],
    }
    made = tasks_of(FLOW_ID, "tenant", datetime(2026, 1, 1, tzinfo=UTC), task_outlines(serialized))
    return FlowShape(made, edges_of(FLOW_ID, made, serialized), loads_results)


def reset(shape, states, message=None):
    """Return the names of the task runs that begin anew, children as `a1`, and `a?` for those that go again.

    `states` are those of the stored task runs by name; a list is that of a mapped task's children.
    """
    number_of = {task.slug: task.number for task in shape.tasks}
    own, children = [], {}
    for name, state in states.items():
        number = number_of[name]
        is_mapped = isinstance(state, list)
        kind = "Mapped" if is_mapped else state
        own.append(KnownTaskRun(number, -1, 2, kind, message, len(state) if is_mapped else None))
        children[number] = [
            KnownTaskRun(number, index, 2, each)
            for index, each in enumerate(state if is_mapped else [])
            if each
        ]
    return reset_of(own, children, shape)


def is_touched(own, children):
    gap = has_gap(children, 0) or len(children) < (own.children or 0)
    return own.state == "Mapped" and (gap or not all(child.is_done for child in children))


def reset_of(own, children, shape):
    name_of = {task.number: task.slug for task in shape.tasks}
    touched = [each.number for each in own if is_touched(each, children[each.number])]
    choice = choose(own, shape, () if shape.loads_results else touched)
    found = set()
    for number in choice.order:
        fate = choice.fate(number)
        if fate is Fate.KEEP:
            continue
        if fate is Fate.RESET and number in choice.of_tasks:
            found.add(name_of[number])
        dragged = {
            above.map_index for up in choice.joined(number) for above in children[up] if not above.is_done
        } | {index for up in choice.joined(number) for index in range(9) if f"{name_of[up]}{index}" in found}
        mine = children.get(number, [])
        chosen = children_to_reset(mine, fate, dragged if fate is Fate.BY_CHILD else ())
        found |= {f"{name_of[number]}{child.map_index}" for child in chosen}
        whole = choice.of_tasks[number].children if number in choice.of_tasks else None
        if fate is Fate.BY_CHILD and (chosen or has_gap(mine, 0) or len(mine) < (whole or 0)):
            choice.touched.add(number)
    return " ".join(sorted(found | {f"{name_of[each.number]}?" for each in choice.again()}))


S, F, T, P = "Success", "Failed", "TriggerFailed", "Pending"


@pytest.mark.parametrize(
    ("tasks", "edges", "states", "expected"),
    [
        # Chains
        ("a b c", "a>b b>c", {"a": S, "b": F, "c": T}, "b c"),
        ("a b c", "a>b b>c", {"a": F, "b": S, "c": S}, "a b c"),
        ("a b c", "a>b b>c!", {"a": S, "b": S, "c": F}, "c"),
        ("a b c d", "a>b c>d", {"a": F, "b": T, "c": S, "d": S}, "a b"),
        ("a b", "a>b", {"a": S, "b": S}, ""),
        ("a b", "a>b", {}, ""),
        # States
        *(("a", "", {"a": state}, "") for state in (S, "Cached", "Skipped", "Finished")),
        *(
            ("a", "", {"a": state}, "a")
            for state in (
                F,
                T,
                P,
                "TimedOut",
                "Cancelled",
                "Aborted",
                "ValidationFailed",
                "Looped",
                "Running",
            )
        ),
        *(
            ("a", "", {"a": s}, "a")
            for s in ("Retrying", "Queued", "Paused", "Submitted", "Scheduled", "Resume")
        ),
        # A task that has not begun is no reason, but leads on what is
        ("a b", "a>b", {"b": S}, ""),
        ("a b c", "a>b b>c", {"a": F, "c": S}, "a c"),
        # Mapped tasks
        ("a m", "a*m", {"a": S, "m": [S, F, S]}, "m1"),
        ("a m", "a*m", {"a": S, "m": [S, S]}, ""),
        ("a m", "a*m", {"a": F, "m": [S, S]}, "a m m0 m1"),
        ("a m", "a*m", {"a": S, "m": F}, "m"),
        ("a m n", "a*m m*n", {"a": S, "m": [S, F], "n": [S, T]}, "m1 n1"),
        ("a m n", "a*m m*n", {"a": S, "m": [S, F], "n": [S, S]}, "m1 n1"),
        ("a m n", "a*m m*n", {"a": S, "m": [S, S], "n": [F, S]}, "n0"),
        ("a m n", "a*m m/n", {"a": S, "m": [S, F], "n": [S, S, S]}, "m1 n n0 n1 n2"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, F], "r": T}, "m1 r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, F], "r": S}, "m1 r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, S], "r": S}, ""),
        ("a m r", "a*m m>r", {"a": S, "m": [S, S], "r": F}, "r"),
        ("a u m", "a*m u>m", {"a": S, "u": F, "m": [S, S]}, "m m0 m1 u"),
        # Children that have not begun are a reason for what gathers them
        ("a m r", "a*m m>r", {"a": S, "m": [S, None], "r": S}, "r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, None, S], "r": S}, "r"),
        # Tasks of Core's own run again for their value, and drag nothing along
        ("l:list b", "l>b", {"l": S, "b": F}, "b l?"),
        ("l:list b c", "l>b l>c", {"l": S, "b": F, "c": S}, "b l?"),
        ("k:list l:list b", "k>l l>b", {"k": S, "l": S, "b": F}, "b k? l?"),
        ("l:list b", "l>b!", {"l": S, "b": F}, "b"),
        ("l:list b", "l>b", {"l": S, "b": S}, ""),
        ("l:list b", "l>b", {"l": S}, "l?"),
        ("l:list m", "l*m", {"l": S, "m": [S, F]}, "l? m1"),
        ("l:list m", "l*m", {"l": S, "m": [S, S]}, ""),
        ("a l:list b", "a>l l>b", {"a": F, "l": S, "b": S}, "a b l"),
        ("l:list b", "l>b", {"l": "Cached", "b": F}, "b"),
        # Circles
        ("a b", "a>b b>a", {"a": F, "b": S}, "a b"),
    ],
)
def test_task_runs_that_begin_anew(tasks, edges, states, expected):
    assert reset(flow(tasks, edges), states) == expected


@pytest.mark.parametrize(
    ("tasks", "edges", "states", "expected"),
    [
        ("a b c", "a>b b>c", {"a": S, "b": F, "c": T}, "b c"),
        ("a m", "a*m", {"a": S, "m": [S, F]}, "a? m1"),
        ("a m", "a*m", {"a": S, "m": F}, "a? m"),
        ("a m", "a*m", {"a": S}, "a?"),
        ("a m b", "a*m a>b", {"a": S, "m": [S, F], "b": S}, "a? m1"),
        ("a m n", "a*m m*n", {"a": S, "m": [S, F], "n": [S, T]}, "a? m1 n1"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, F], "r": T}, "a? m m0 m1 r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, S], "r": F}, "a? m m0 m1 r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, S]}, "a? m m0 m1"),
        ("a m r", "a*m m>r!", {"a": S, "m": [S, F], "r": T}, "a? m1 r"),
        ("a m r", "a*m m>r", {"a": S, "m": [S, S], "r": S}, ""),
    ],
)
def test_task_runs_that_begin_anew_where_runners_cannot_map_or_gather_kept_results(
    tasks, edges, states, expected
):
    assert reset(flow(tasks, edges, loads_results=False), states) == expected


def test_task_run_that_runs_again_for_its_value_is_no_reason_for_a_later_restart():
    shape = flow("l:list b c", "l>b l>c")
    assert reset(shape, {"l": P, "b": S, "c": S}) == "b c l"
    assert reset(shape, {"l": P, "b": S, "c": S}, AGAIN.message) == ""
    assert reset(shape, {"l": P, "b": F, "c": S}, AGAIN.message) == "b l?"


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.6.7", False), ("0.8.1", False), ("0.10.7", False), ("0.11.0", True), ("1.4.1", True), (None, True)],
)
def test_releases_whose_runners_load_kept_results(version, expected):
    assert loads_results(version) is expected


@pytest.mark.parametrize(
    ("state", "is_dragged", "expected"),
    [(S, False, False), (S, True, True), (F, False, True), (P, True, False), ("Running", False, True)],
)
def test_task_run_that_has_changed_meanwhile(state, is_dragged, expected):
    assert is_to_be_reset(state, is_dragged=is_dragged) is expected


def test_tokens_differ_by_run_and_key():
    tokens = {token_of_key(run, key) for run in ("a", "b") for key in ("a", "b", "\ud800")}
    assert len(tokens) == 6
    assert {len(token) for token in tokens} == {6}


NAMES = "abcdefgh"


@st.composite
def situations(draw):
    """Return a flow without circles in any order of its tasks, and states of all task runs."""
    names = draw(st.permutations(NAMES[: draw(st.integers(1, 7))]))
    pairs = [(up, down) for place, up in enumerate(names) for down in names[place + 1 :]]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=10, unique=True)) if pairs else []
    edges = " ".join(f"{up}{draw(st.sampled_from('>>*/'))}{down}" for up, down in chosen)
    tasks = " ".join(
        draw(st.permutations([f"{name}{draw(st.sampled_from(['', ':list']))}" for name in names]))
    )
    state = st.sampled_from([S, S, F, T, P, "Skipped", "Running"])
    states = draw(
        st.fixed_dictionaries(
            {},
            optional={
                name: st.one_of(state, st.lists(st.one_of(state, st.none()), max_size=4)) for name in names
            },
        )
    )
    return flow(tasks, edges, loads_results=draw(st.booleans())), states


def applied(states, done):
    """Return the states after some resets."""
    after: dict[str, Any] = {}
    for name, state in states.items():
        if name in done:
            after[name] = P
        elif isinstance(state, list):
            after[name] = [
                P if each and f"{name}{index}" in done else each for index, each in enumerate(state)
            ]
        else:
            after[name] = state
    return after


@given(situations(), st.data())
def test_choice_is_the_same_at_each_moment_of_a_restart(situation, data):
    """Whoever goes on with a restart resets what is left, and nothing else."""
    shape, states = situation
    whole = [name for name in reset(shape, states).split() if not name.endswith("?")]
    # A task is reset before its children, as the restart does it.
    order = sorted(whole, key=lambda name: (in_order_of(shape).index(name[0]), name))
    done = set(order[: data.draw(st.integers(0, len(order)))])

    after = applied(states, done)

    mapped = {name for name, state in states.items() if isinstance(state, list) and name in done}
    again = set(reset_with_children(shape, states, after, mapped).split())
    assert {name for name in again if not name.endswith("?")} == set(whole)


def in_order_of(shape):
    names = {task.number: task.slug for task in shape.tasks}
    return [names[number] for number in in_order(names, shape.edges)]


def reset_with_children(shape, states, after, parents_reset):
    """Return what begins anew once some mapped tasks are Pending themselves, with their children."""
    number_of = {task.slug: task.number for task in shape.tasks}
    own, children = [], {}
    for name, state in after.items():
        number = number_of[name]
        kept = states[name] if name in parents_reset else state
        kept = kept if isinstance(kept, list) else []
        kind = P if name in parents_reset else "Mapped" if isinstance(state, list) else state
        own.append(KnownTaskRun(number, -1, 2, kind, None, len(kept) if kind == "Mapped" else None))
        children[number] = [KnownTaskRun(number, index, 2, each) for index, each in enumerate(kept) if each]
    return reset_of(own, children, shape)


@given(situations())
def test_what_is_not_done_begins_anew_and_nothing_without_a_reason_does(situation):
    shape, states = situation
    found = set(reset(shape, states).split())
    names = {task.number: task.slug for task in shape.tasks}
    upstream: dict[str, set[str]] = {}
    for edge in shape.edges:
        upstream.setdefault(names[edge.downstream.number], set()).add(names[edge.upstream.number])
    not_done = {
        name
        for name, state in states.items()
        if not isinstance(state, list) and state in (F, T, P, "Running")
    }
    bad_children = {
        f"{name}{index}"
        for name, state in states.items()
        if isinstance(state, list)
        for index, each in enumerate(state)
        if each in (F, T, P, "Running")
    }
    assert not_done | bad_children <= found
    if shape.loads_results:
        touched = {name[0] for name in found if not name.endswith("?")} | {
            name for name, state in states.items() if isinstance(state, list) and None in state
        }
        unstored = {name for name in names.values() if name not in states}
        for name in found:
            has_reason = upstream.get(name[0], set()) & (touched | unstored)
            assert name.endswith("?") or name in not_done | bad_children or has_reason
