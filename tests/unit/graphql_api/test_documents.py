import threading

import pytest
from graphql import build_schema

from graphql_api.language import document_limits as limits
from graphql_api.language import documents
from graphql_api.language.documents import Documents
from tests.unit.graphql_api.toy_schema import build_toy_schema

SCHEMA = build_toy_schema()


@pytest.fixture
def counted(monkeypatch):
    """Count how often documents are parsed and validated."""
    calls = {"parse": 0, "validate": 0}

    def count(name):
        original = getattr(documents, name)

        def counting(*args, **kwargs):
            calls[name] += 1
            return original(*args, **kwargs)

        monkeypatch.setattr(documents, name, counting)

    count("parse")
    count("validate")
    return calls


@pytest.mark.parametrize("source", ["{ hello }", "{ unknown }"])
def test_repeated_document_is_neither_parsed_nor_validated_again(counted, source):
    known = Documents(SCHEMA)
    first, second = known.get(source), known.get(source)
    assert first is second
    assert counted == {"parse": 1, "validate": 1}


def test_document_beyond_a_limit_is_not_validated(counted):
    document = Documents(SCHEMA).get("{ " + "hello " * 101 + "}")
    assert document.errors[0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert counted == {"parse": 1, "validate": 0}


def test_least_recently_used_document_is_dropped_beyond_the_number(counted):
    known = Documents(SCHEMA, most=2)
    known.get("{ a: hello }")
    known.get("{ b: hello }")
    known.get("{ a: hello }")
    known.get("{ c: hello }")
    assert counted["parse"] == 3
    known.get("{ a: hello }")
    assert counted["parse"] == 3
    known.get("{ b: hello }")
    assert counted["parse"] == 4


def test_earlier_document_is_dropped_beyond_the_bytes(counted):
    # Given room for 100 bytes, and documents of 60 bytes each (an umlaut counts twice)
    known = Documents(SCHEMA, most_bytes=100)
    a, b = (f"{{ {name}: hello }} #{'ö' * 23}" for name in "ab")
    assert len(a.encode()) == 60
    # When both were asked for
    known.get(a)
    known.get(b)
    # Then only the later one is remembered
    known.get(b)
    assert counted["parse"] == 2
    known.get(a)
    assert counted["parse"] == 3


def test_long_document_is_not_remembered(counted):
    known = Documents(SCHEMA, longest=20)
    known.get("{ hello } # something")
    known.get("{ hello } # something")
    assert counted["parse"] == 2


def test_threads_share_documents_and_their_count_stays_right():
    known = Documents(SCHEMA, most=5)
    failures = []

    def ask(offset):
        for n in range(60):
            document = known.get(f"{{ a{(n + offset) % 9}: hello }}")
            if document.errors:
                failures.append(document.errors)

    threads = [threading.Thread(target=ask, args=(offset,)) for offset in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(known._kept) == 5
    assert known._bytes == sum(len(source) for source in known._kept)


@pytest.mark.parametrize("declared", ["uuid", "uuid!", "UUID!"])
def test_variable_declared_with_hasuras_scalar_name_is_accepted(declared):
    schema = build_schema("scalar UUID type Query { by_id(id: UUID): Int by_ids(ids: [UUID!]!): Int }")
    assert documents.read(schema, f"query($id: {declared}) {{ by_id(id: $id) }}").errors == ()
    assert documents.read(schema, "query($ids: [uuid!]!) { by_ids(ids: $ids) }").errors == ()


def test_scalar_name_that_the_schema_has_is_not_replaced():
    schema = build_schema("scalar uuid scalar UUID type Query { by_id(id: uuid): Int }")
    assert documents.read(schema, "query($id: uuid) { by_id(id: $id) }").errors == ()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{", "Syntax Error: Expected Name, found <EOF>."),
        ("{ " + "hello " * limits.MAX_TOKENS + "}", "20000 tokens"),
        ("#\n" * 1001 + "{ hello }", "1000 comments"),
        ("{ hello } #" + "x" * 1_000_000, "1000000 code points"),
        ("{ row " * 300, "nested too deep"),
        (f"{{ echo(value: {'[' * 300}) }}", "nested too deep"),
    ],
)
def test_source_that_cannot_be_parsed_is_refused_with_the_reason(source, message):
    (error,) = documents.read(SCHEMA, source).errors
    assert message in error["message"]
    assert error["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}


def test_validation_errors_have_locations_and_end_at_a_limit():
    few = documents.read(SCHEMA, "{ nope }").errors
    assert few[0]["locations"] == [{"line": 1, "column": 3}]
    assert few[0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    many = documents.read(SCHEMA, "{ " + " ".join(f"nope{n}" for n in range(50)) + " }").errors
    assert len(many) == 9
    assert "only the first 8" in many[-1]["message"]


def test_document_finds_its_operations_by_name():
    document = documents.read(SCHEMA, 'query A { hello again: hello } mutation B { write(text: "x") }')
    assert document.operation(None) is None
    assert document.operation("nope") is None
    first, found = document.operation("A"), document.operation("B")
    assert found is not None
    assert (found.name, found.type, found.root_fields) == ("B", "mutation", ("write",))
    assert first is not None
    assert first.root_fields == ("hello",)


def test_document_too_complex_to_validate_is_refused_as_such():
    (error,) = documents.read(SCHEMA, "{ row { " + "row { id } " * 499 + "} }").errors
    assert "too complex to validate" in error["message"]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
