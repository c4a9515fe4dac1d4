import pytest

from handlers.http.media import accepts_gzip, negotiate
from tests.handlers import http_client

GRAPHQL, JSON = "application/graphql-response+json", "application/json"


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


@pytest.mark.parametrize(
    ("accept", "chosen", "asked_for"),
    [
        (None, JSON, False),
        ("", JSON, False),
        ("*/*", JSON, False),
        ("application/*;q=0.8", JSON, False),
        ("text/html, */*;q=0.1", JSON, False),
        (JSON, JSON, True),
        ("Application/JSON; charset=utf-8", JSON, True),
        ("application/json, text/plain, */*", JSON, True),
        (GRAPHQL, GRAPHQL, True),
        (f"{GRAPHQL}, {JSON};q=0.9", GRAPHQL, True),
        (f"{JSON}, {GRAPHQL}", GRAPHQL, True),
        (f"{GRAPHQL};q=0.5, {JSON};q=0.6", JSON, True),
        (f"{GRAPHQL};q=0.5, */*", JSON, False),
        (f"*/*;q=0.5, {GRAPHQL}", GRAPHQL, True),
        (f"{GRAPHQL};q=0, */*", JSON, False),
        (f"{JSON};q=0, */*", GRAPHQL, False),
        (f"{GRAPHQL};q=nonsense, {JSON}", JSON, True),
    ],
)
def test_media_type_follows_the_accept_header(accept, chosen, asked_for):
    assert negotiate(accept) == (chosen, asked_for)


@pytest.mark.parametrize("accept", ["text/html", "application/xml, image/*", f"{JSON};q=0", "*/*;q=0"])
def test_accept_header_without_a_known_type_is_406(api, accept):
    response = api.post('mutation { write(text: "x") }', headers={"accept": accept})
    assert (response.status, response.codes) == (406, ["BAD_USER_INPUT"])
    assert api.writes == []


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [(None, JSON), ("*/*", JSON), (JSON, JSON), (GRAPHQL, GRAPHQL)],
)
def test_content_type_is_the_negotiated_one_in_utf_8(api, accept, content_type):
    headers = {"accept": accept} if accept else {}
    for query in ("{ hello }", "{ nope }", "{"):
        response = api.post(query, headers=headers)
        assert response.headers["content-type"] == f"{content_type}; charset=utf-8"


@pytest.mark.parametrize(
    ("query", "variables"),
    [("{", None), ("{ nope }", None), ("query($id: uuid!) { by_id(id: $id) }", {"id": None})],
    ids=["syntax", "validation", "variables"],
)
@pytest.mark.parametrize(("accept", "status"), [("*/*", 400), (JSON, 200), (GRAPHQL, 400)])
def test_refused_document_is_200_only_for_application_json(api, query, variables, accept, status):
    response = api.post(query, variables, headers={"accept": accept})
    assert response.status == status
    assert "data" not in response.json
    assert response.codes


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        (None, False),
        ("", False),
        ("gzip, deflate, br", True),
        ("br;q=1, GZIP;q=0.1", True),
        ("gzip;q=0, *", False),
        ("*", True),
        ("identity", False),
    ],
)
def test_gzip_is_used_only_if_accepted(header, accepted):
    assert accepts_gzip(header) is accepted
