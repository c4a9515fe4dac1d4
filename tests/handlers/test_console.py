"""The console's files: where they are found, how they are kept, and what the browser is told about them."""

import gzip
import re
from pathlib import Path

import pytest

from tests.handlers import http_client

ROOT = Path(__file__).resolve().parents[2]
HTML = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
GZIP = {"accept-encoding": "gzip, deflate"}


@pytest.fixture
def api(monkeypatch):
    return http_client.install(monkeypatch)


def assets(html):
    return re.findall(r'(?:href|src)="(assets/[^"]+)"', html)


@pytest.mark.parametrize(
    ("path", "stage", "location"),
    [
        ("/", "$default", "ui/"),
        ("", "$default", "ui/"),
        ("/prod/", "prod", "ui/"),
        ("/prod", "prod", "prod/ui/"),
    ],
)
def test_root_leads_browsers_to_the_console(api, path, stage, location):
    response = api.request(path=path, stage=stage, headers=HTML)
    assert (response.status, response.headers["location"], response.raw) == (302, location, b"")
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"


@pytest.mark.parametrize("accept", ["*/*", "application/json", ""])
def test_root_tells_other_clients_where_things_are(api, accept):
    response = api.request(path="/", headers={"accept": accept})
    assert (response.status, response.json["graphql"], response.json["console"]) == (200, "/graphql", "/ui/")


def test_post_at_the_root_is_graphql_even_for_browsers(api):
    assert api.post("{ hello }", path="/", headers=HTML).json == {"data": {"hello": "👋 hello"}}


@pytest.mark.parametrize(
    ("path", "stage", "location"), [("/ui", "$default", "ui/"), ("/prod/ui", "prod", "ui/")]
)
def test_console_without_a_slash_leads_to_itself_with_one(api, path, stage, location):
    response = api.request(path=path, stage=stage)
    assert (response.status, response.headers["location"]) == (308, location)


@pytest.mark.parametrize("path", ["/ui/graphiql/", "/prod/ui/graphiql/"])
def test_graphiql_with_a_slash_leads_to_itself_without_one(api, path):
    stage = "prod" if path.startswith("/prod") else "$default"
    response = api.request(path=path, stage=stage)
    assert (response.status, response.headers["location"]) == (308, "../graphiql")


@pytest.mark.parametrize(
    ("path", "stage"), [("/ui/", "$default"), ("/prod/ui/", "prod"), ("/ui/graphiql", "$default")]
)
def test_page_names_only_files_that_are_there_by_relative_addresses(api, path, stage):
    page = api.request(path=path, stage=stage)
    assert page.status == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    html = page.raw.decode()
    assert len(assets(html)) >= 3
    assert not re.search(r'(?:href|src)="(?:/|[a-z]+:)', html)
    assert "<script>" not in html
    assert "style=" not in html
    for asset in assets(html):
        found = api.request(path=f"/ui/{asset}")
        assert found.status == 200, asset
        assert found.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_page_is_asked_for_anew_each_time_and_sent_once(api):
    first = api.request(path="/ui/", headers=GZIP)
    assert first.headers["cache-control"] == "no-cache"
    assert first.headers["content-encoding"] == "gzip"
    again = api.request(path="/ui/", headers={**GZIP, "if-none-match": first.headers["etag"]})
    assert (again.status, again.raw, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert api.request(path="/ui/", headers={"if-none-match": '"other"'}).status == 200


def built(name):
    return (ROOT / "src" / "console" / name).read_bytes()


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("*", "br"),
        ("br;q=0, *", "gzip"),
        ("br;q=0.5, gzip", "gzip"),
        ("br;q=0.5, gzip;q=0.4, identity;q=0.1", "br"),
        ("br;q=0.5, identity", "identity"),
        ("gzip;q=0", "identity"),
        ("identity", "identity"),
        ("deflate", "identity"),
        ("", "identity"),
        (None, "identity"),
        ("br;q=x, " + ",;=" * 500, "identity"),
    ],
)
def test_file_is_sent_in_the_coding_that_the_client_prefers(api, accepted, coding):
    response = api.request(path="/ui/", headers={} if accepted is None else {"accept-encoding": accepted})
    packed = built("index.html.gz")
    expected = {"br": built("index.html.br"), "gzip": packed, "identity": gzip.decompress(packed)}[coding]
    assert response.raw == expected
    assert response.headers.get("content-encoding", "identity") == coding
    assert response.headers["vary"] == "Accept-Encoding"


def test_each_coding_of_a_file_has_a_tag_of_its_own(api):
    codings = ("br", "gzip", "identity")
    tags = [api.request(path="/ui/", headers={"accept-encoding": one}).headers["etag"] for one in codings]
    assert len(set(tags)) == 3
    for coding, tag in zip(codings, tags, strict=True):
        asked = {"accept-encoding": coding, "if-none-match": tag}
        assert api.request(path="/ui/", headers=asked).status == 304
        other = {"accept-encoding": "gzip" if coding != "gzip" else "br", "if-none-match": tag}
        assert api.request(path="/ui/", headers=other).status == 200


def test_head_has_the_headers_without_the_file(api):
    head = api.request("HEAD", "/ui/", headers=GZIP)
    get = api.request("GET", "/ui/", headers=GZIP)
    assert (head.status, head.raw, head.headers) == (200, b"", get.headers)


def test_policy_allows_the_console_its_own_files_alone(api):
    policy = api.request(path="/ui/").headers["content-security-policy"]
    rules = dict(rule.strip().partition(" ")[::2] for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert rules["frame-ancestors"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert rules["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in policy
    of_graphiql = api.request(path="/ui/graphiql").headers["content-security-policy"]
    assert "script-src 'self';" in of_graphiql
    assert "frame-ancestors 'none'" in of_graphiql


@pytest.mark.parametrize("path", ["/ui/", "/ui/graphiql", "/ui/nothing", "/"])
def test_every_response_forbids_guessing_its_type(api, path):
    response = api.request(path=path, headers=HTML)
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    [
        "/ui/nothing",
        "/ui/index.html",
        "/ui/assets/",
        "/ui/assets/nothing.js",
        "/ui/assets/../index.html",
        "/ui/assets/..%2findex.html",
        "/ui/assets/app.js.gz",
        "/ui/assets/\x00.js",
        "/ui/assets/é.js",
        "/ui/assets/" + "a" * 5000 + ".js",
        "/ui/../handlers/http_api.py",
        "/ui/graphiql/more",
        "/uix",
    ],
)
def test_name_of_no_file_is_not_found(api, path):
    response = api.request(path=path)
    assert (response.status, response.codes) == (404, ["NOT_FOUND"])


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_console_is_only_read(api, method):
    response = api.request(method, "/ui/")
    assert (response.status, response.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


def test_options_name_the_methods(api):
    response = api.request("OPTIONS", "/ui/")
    assert (response.status, response.headers["allow"], response.raw) == (204, "GET, HEAD, OPTIONS", b"")


def test_console_needs_no_key_but_the_api_does(api):
    api.accept_only("secret")
    assert api.request(path="/ui/").status == 200
    assert "UNAUTHENTICATED" in api.post("{ hello }").codes


def test_files_are_not_logged_but_absent_ones_are(api):
    api.request(path="/ui/")
    assert api.log == []
    api.request(path="/ui/nothing")
    [line] = api.log
    assert (line["path"], line["status"]) == ("/ui/nothing", 404)
