import json
import sys
import zlib
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from domain.errors import ApiError
from handlers.http import response as http_response
from handlers.http.response import MAX_RESPONSE
from handlers.http.sizes import heaviest_part, least_bytes
from tests.contract.factories import incompressible
from tests.handlers import http_client

ROWS = "query($count: Int!, $length: Int!) { rows(count: $count, length: $length) { id text } }"
GZIP = {"accept-encoding": "gzip, deflate"}


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


def returned_bytes(response):
    return len(json.dumps(response.proxy_response, ensure_ascii=False).encode())


def test_json_is_compact_and_keeps_its_characters(api):
    assert api.post("{ hello }").raw == '{"data":{"hello":"👋 hello"}}'.encode()


def test_large_response_is_compressed_if_accepted(api):
    response = api.post(ROWS, {"count": 100, "length": 100}, headers=GZIP)
    assert response.headers["content-encoding"] == "gzip"
    assert response.proxy_response["isBase64Encoded"] is True
    assert len(response.json["data"]["rows"]) == 100
    assert returned_bytes(response) < 2_000


def test_small_or_unaccepted_response_is_not_compressed(api):
    for response in (
        api.post("{ hello }", headers=GZIP),
        api.post(ROWS, {"count": 100, "length": 100}),
    ):
        assert "content-encoding" not in response.headers
        assert response.proxy_response["isBase64Encoded"] is False
        assert "data" in response.json


def test_responses_are_not_cached(api):
    assert api.post("{ hello }").headers["cache-control"] == "no-store"


def test_no_response_of_any_status_is_sniffed_by_browsers(api):
    plain = {"accept": "application/graphql-response+json"}
    responses = [
        api.post("{ hello }"),
        api.post("{ hello }", headers=GZIP),
        api.post(ROWS, {"count": 100, "length": 100}, headers=GZIP),
        api.post(ROWS, {"count": 4, "length": 1_000_000}),
        api.post('mutation { write_rows(text: "x") { text } }'),
        api.post("{ fails }"),
        api.post("{ unknown }"),
        api.post("{"),
        api.post_body("<script>"),
        api.post_body(b"x", content_encoding="gzip"),
        api.post_body(" " * 7_000_000),
        api.post_body("{}", content_type="text/html"),
        api.post("{ hello }", headers={"accept": "text/html"}),
        api.request("GET", query_string="query={hello}"),
        api.request("GET", query_string="query=mutation{write(text:%22x%22)}"),
        api.request("HEAD"),
        api.request("OPTIONS"),
        api.request("DELETE"),
        api.request(path="/"),
        api.request(path="/health"),
        api.request(path="/<script>"),
    ]
    api.accept_only("token")
    responses += [api.post("{ hello }"), api.post("{ hello }", headers=plain)]
    api.unhealthy = RuntimeError("broken")
    responses.append(api.request(path="/health"))
    for error in (ApiError("busy"), RuntimeError("broken")):
        api.unusable = error
        responses.append(api.post("{ hello }"))

    assert {response.status for response in responses} >= {
        *(200, 204, 400, 401, 404, 405, 406, 413, 415, 500, 503),
    }
    assert {response.headers.get("x-content-type-options") for response in responses} == {"nosniff"}
    policies = {response.headers.get("content-security-policy") for response in responses}
    assert policies == {"default-src 'none'; frame-ancestors 'none'"}
    assert {response.headers.get("referrer-policy") for response in responses} == {"no-referrer"}
    assert {response.headers.get("strict-transport-security") for response in responses} == {
        "max-age=31536000"
    }


@pytest.mark.parametrize("accept", ["*/*", "application/graphql-response+json"])
def test_response_above_lambdas_limit_names_its_largest_part(api, accept):
    response = api.post(ROWS, {"count": 4, "length": 1_000_000}, headers={"accept": accept})
    assert (response.status, response.codes) == (200, ["PAYLOAD_TOO_LARGE"])
    assert response.json["data"] is None
    assert f"{MAX_RESPONSE:,}" in response.message
    assert "`rows`" in response.message
    assert "4 rows" in response.message
    assert "`text`" in response.message
    assert "mutation" not in response.message


def test_response_that_fits_when_compressed_is_sent(api):
    response = api.post(ROWS, {"count": 4, "length": 1_000_000}, headers=GZIP)
    assert response.status == 200
    assert len(response.json["data"]["rows"]) == 4


def test_response_that_hardly_compresses_is_compressed_without_a_search_for_repeats(api, monkeypatch):
    strategies = []

    def compressor(*given):
        strategies.append(given[-1])
        return zlib.compressobj(*given)

    monkeypatch.setattr(http_response, "zlib", SimpleNamespace(**{**vars(zlib), "compressobj": compressor}))
    plain, dense = "a" * 1_000_000, incompressible(1_000_000)

    for text in (plain, dense, incompressible(2_000_000, 2)):
        sent = api.post("query($v: JSON) { echo(value: $v) }", {"v": text}, headers=GZIP)
        assert sent.json["data"]["echo"] == text

    assert strategies == [zlib.Z_DEFAULT_STRATEGY, *[zlib.Z_HUFFMAN_ONLY] * 2]


def test_limit_counts_the_escaped_body_and_the_headers(api):
    # Given a value of quotes, of which each takes four bytes after being escaped twice
    def echo(count):
        return api.post("query($v: JSON) { echo(value: $v) }", {"v": '"' * count})

    overhead = returned_bytes(echo(1)) - 4
    fitting = (MAX_RESPONSE - overhead) // 4
    # When one response just fits and the next one does not
    inside, outside = echo(fitting), echo(fitting + 1)
    # Then only the latter is refused
    assert MAX_RESPONSE - 4 < returned_bytes(inside) <= MAX_RESPONSE
    assert "errors" not in inside.json
    assert outside.codes == ["PAYLOAD_TOO_LARGE"]


def test_too_large_response_of_a_mutation_says_that_it_took_place(api):
    response = api.post('mutation { write_rows(text: "x") { text } }')
    assert response.codes == ["PAYLOAD_TOO_LARGE"]
    assert "The mutation took place, so don't repeat it" in response.message
    assert api.writes == ["x"]


@pytest.mark.parametrize(
    ("result", "part"),
    [
        ({"data": {"a": "xx", "b": "x"}}, "`a` (4 bytes)"),
        ({"data": {"a": {"b": "x", "c": "xx"}}}, "`a` (18 bytes; its largest field is `c` with 4 bytes)"),
        ({"errors": [{"message": "long"}], "data": {"a": None}}, "errors (20 bytes)"),
        ({"errors": [{"message": "long"}], "data": None}, "errors (20 bytes)"),
    ],
)
def test_heaviest_part_of_a_result_is_named(result, part):
    assert part in heaviest_part(result)


def test_least_bytes_of_a_value_are_those_of_its_json_or_a_few_less():
    values: list[object] = [
        {"a": [1, None, "x\n🦊", {}, []], "b": {"c": "é" * 2_000, "d": [[]] * 3_000}},
        *([], "", 1.5, [1] * 3_000, [2] * 900, [1] * 20 + ["é"], {"a": [1] * 20}),
    ]
    for value in values:
        exact = len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
        assert exact * 0.8 - 4 < least_bytes(value, 10**9) <= exact


def test_least_bytes_make_no_call_for_each_of_many_numbers():
    calls = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    value = {"data": [1.5] * 50_000}
    sys.setprofile(profile)
    try:
        least_bytes(value, 10**9)
    finally:
        sys.setprofile(None)
    assert calls < 1_000


@pytest.mark.parametrize(
    "shared", ["x" * 100_000, [[]] * 50_000, ["x"] * 900, {str(n): n for n in range(2_000)}], ids=type
)
def test_a_value_that_is_shown_many_times_is_refused_without_looking_at_each(shared):
    looked_at = []

    class Watched(list[object]):
        def __iter__(self) -> Iterator[object]:
            looked_at.append(1)
            return super().__iter__()

    rows = [Watched([shared] * 150) for _ in range(2_000)]
    assert least_bytes({"data": {"rows": rows}}, 1_000_000) > 1_000_000
    assert len(looked_at) < 2_000


@pytest.mark.parametrize(
    "value", [["x" * 100_000] * 900, {str(n): "x" * 100_000 for n in range(900)}], ids=type
)
def test_long_texts_of_one_value_are_looked_at_up_to_the_bound(value):
    assert 1_000_000 < least_bytes(value, 1_000_000) < 1_200_000


def test_response_above_the_bound_before_compression_is_refused(api):
    response = api.post(ROWS, {"count": 25, "length": 1_000_000}, headers=GZIP)
    assert response.codes == ["PAYLOAD_TOO_LARGE"]
    assert "more than" in response.message
