import pytest
from graphql import get_introspection_query, parse

from graphql_api.language import document_limits as limits
from graphql_api.language.document_limits import excess


def doubling_fragments(levels):
    """Return a document that doubles with each level, because each fragment spreads the next one twice."""
    fragments = [f"fragment f{n} on Row {{ row {{ ...f{n + 1} ...f{n + 1} }} }}" for n in range(levels)]
    return "{ row { ...f0 } }" + " ".join(fragments) + f" fragment f{levels} on Row {{ id }}"


def nested(levels):
    return "{ row " * (levels - 1) + "{ id }" + " }" * (levels - 1)


def test_full_introspection_query_is_within_every_limit():
    query = get_introspection_query(
        descriptions=True, specified_by_url=True, directive_is_repeatable=True, input_value_deprecation=True
    )
    assert excess(parse(query)) is None


def test_batch_of_a_hundred_creations_is_within_every_limit():
    fields = " ".join(f"c{n}: create_flow_run {{ id flow_run {{ id version }} }}" for n in range(100))
    assert excess(parse(f"mutation {{ {fields} }}")) is None


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (nested(16), r"16 levels deep .* limit is 15"),
        ("{ ...a } fragment a on Query " + nested(16), r"16 levels deep"),
        ("{ " + "hello " * 101 + "}", r"101 root fields .* limit is 100"),
        ("{ ...a ... { ...a } } fragment a on Query { " + "hello " * 51 + "}", r"102 root fields"),
        ("{ row { " + "i: id " * 201 + "} }", r"201 aliases .* limit is 200"),
        ("{ row { " + "id " * 1_000 + "} }", r"1,001 fields .* limit is 1,000"),
        (doubling_fragments(9), r"1,024 fields .* limit is 1,000"),
        ("{ hello } fragment unused on Row { " + "id " * 1_000 + "}", r"1,001 fields"),
        (
            "{ hello } " + " ".join(f"fragment f{n} on Row {{ id }}" for n in range(101)),
            r"101 fragments .* 100",
        ),
    ],
)
def test_document_beyond_a_limit_is_refused_with_the_limit(document, reason):
    error = excess(parse(document))
    assert error is not None
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(error.message)


def test_document_exactly_at_a_limit_is_accepted():
    assert excess(parse(nested(15))) is None
    assert excess(parse("{ " + "hello " * 100 + "}")) is None
    assert excess(parse("{ row { " + "id " * 999 + "} }")) is None
    assert excess(parse(doubling_fragments(8))) is None


def test_doubling_fragments_are_measured_once_each(monkeypatch):
    # Given a document that expands to 2^90 fields
    document = parse(doubling_fragments(90))
    measured = []
    measure = limits._Measure._selections

    def count(self, selection_set, **more):
        measured.append(selection_set)
        return measure(self, selection_set, **more)

    monkeypatch.setattr(limits._Measure, "_selections", count)

    # When
    error = excess(document)

    # Then it is refused after one look at each fragment and at the operation
    assert error is not None
    assert len(measured) == 92


def test_circular_fragments_are_left_to_validation():
    assert excess(parse("{ row { ...a } } fragment a on Row { ...b } fragment b on Row { id ...a }")) is None


def test_longest_chain_of_fragments_does_not_exhaust_the_stack():
    count = limits.MAX_FRAGMENTS - 1
    chain = " ".join(f"fragment f{n} on Row {{ ...f{n + 1} }}" for n in range(count))
    assert excess(parse("{ row { ...f0 } } " + chain + f" fragment f{count} on Row {{ id }}")) is None


VALUES = "{_or: [" + "{}" * 99 + "]}"


@pytest.mark.parametrize(
    "document",
    [
        f"{{ row {{ rows(where: {VALUES}) {{ id }} }} }}",
        f"{{ ... on Query {{ row {{ rows(where: {VALUES}) {{ id }} }} }} }}",
        f"{{ row {{ ...F }} }} fragment F on Row {{ rows(where: {VALUES}) {{ id }} }}",
        f"{{ hello }} fragment F on Row {{ rows(where: {VALUES}) {{ id }} }}",
        "{ row { rows(where: {a: 1}, names: [" + "a " * 98 + "]) { id } } }",
    ],
)
def test_arguments_below_the_root_may_have_few_values(document):
    error = excess(parse(document))

    assert error is not None
    assert "The arguments of a field have 101 values in the document" in error.message


@pytest.mark.parametrize(
    "document",
    [
        f"{{ rows(where: {VALUES}) {{ id }} }}",
        f"{{ ...F }} fragment F on Query {{ rows(where: {VALUES}) {{ id }} }}",
        f"{{ row {{ rows(where: {VALUES.replace('{}', '', 1)}) {{ id }} }} }}",
        "query($v: [Int]) { row { rows(where: $v) { id } } }",
    ],
)
def test_arguments_of_root_fields_and_variables_are_bounded_elsewhere(document):
    assert excess(parse(document)) is None
