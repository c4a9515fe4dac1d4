"""Which requests come in: by the host that they name, and by the page that sends them."""

import pytest

from local_server.callers import host_name, refusal

NAMES = frozenset({"runs.example", "other"})


def decide(host="localhost:4200", *, protocol="HTTP/1.1", target="/graphql", **headers):
    """Return the status and the code of the refusal, None if the request comes in."""
    environ = {"SERVER_PROTOCOL": protocol, "REQUEST_URI": target}
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    if host is not None:
        environ["HTTP_HOST"] = host
    found = refusal(environ, NAMES)
    return found and (found.status, found.code)


FOREIGN_HOST, FOREIGN_ORIGIN = (421, "FOREIGN_HOST"), (403, "FOREIGN_ORIGIN")
BAD_HOST = (400, "BAD_USER_INPUT")


class TestHost:
    @pytest.mark.parametrize(
        "host",
        [
            *("localhost", "LOCALHOST", "localhost.", "localhost:4200", "localhost:", "localhost:80"),
            *("127.0.0.1", "127.0.0.1:4200", "127.1.2.3:1", "[::1]", "[::1]:4200", "[0:0:0:0:0:0:0:1]"),
            *(
                "[::ffff:127.0.0.1]:4200",
                "192.168.1.5:4200",
                "0.0.0.0",  # noqa: S104
                "93.184.216.34",
                "[2001:db8::1]:4200",
            ),
            *("runs.example", "Runs.Example.:4200", "other:1"),
        ],
    )
    def test_loopback_address_and_known_name_come_in(self, host):
        assert decide(host) is None

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "evil.example",
                "evil.example:4200",
                "localhost.evil.example",
                "evil-localhost",
                "127.0.0.1.nip.io",
            ),
            *(
                "a.runs.example",
                "runs.example.evil",
                "xother",
                "127.1",
                "2130706433",
                "0x7f000001",
                "127.0.0.01",
            ),
            "a" * 253,
        ],
    )
    def test_other_name_is_misdirected(self, host):
        assert decide(host) == FOREIGN_HOST

    @pytest.mark.parametrize(
        "host",
        [
            *(
                "",
                " ",
                "localhost, localhost",
                "localhost, evil.example",
                "evil.example, localhost",
                ", localhost",
            ),
            *(
                "localhost evil.example",
                "localhost@evil.example",
                "evil.example@localhost",
                "localhost/",
                ".",
                "..",
            ),
            *(
                "localhost:x",
                "localhost:4200:4200",
                "localhost:123456",
                "::1",
                "[::1",
                "[::1]x",
                "[evil.example]",
            ),
            *("[fe80::1%eth0]", "localhost\x00", "lócalhost", "http://localhost", "*", "a" * 254, "a..b"),
        ],
    )
    def test_text_that_is_not_one_host_is_a_bad_request(self, host):
        assert decide(host) == BAD_HOST

    def test_missing_host_is_a_bad_request_but_for_http_1_0(self):
        assert decide(None) == BAD_HOST
        assert decide(None, protocol="HTTP/1.0") is None

    def test_http_1_0_with_a_foreign_host_is_misdirected(self):
        assert decide("evil.example", protocol="HTTP/1.0") == FOREIGN_HOST

    @pytest.mark.parametrize(
        ("target", "decision"),
        [
            ("http://localhost:4200/graphql", None),
            ("http://evil.example/graphql", FOREIGN_HOST),
            ("HTTP://evil.example", FOREIGN_HOST),
            ("http://localhost@evil.example/", BAD_HOST),
            ("http:///graphql", BAD_HOST),
            ("/graphql?query=http://evil.example", None),
            ("*", None),
        ],
    )
    def test_host_of_a_target_that_is_a_url_counts_too(self, target, decision):
        assert decide("localhost", target=target) == decision
        assert decide("evil.example", target="http://localhost/") == FOREIGN_HOST

    def test_refusal_says_how_to_allow_the_name(self):
        found = refusal({"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "Team.Example:4200"}, NAMES)

        assert found is not None
        assert "ALLOWED_HOSTS=team.example" in found.message

    def test_long_host_is_not_repeated_in_the_message(self):
        found = refusal({"SERVER_PROTOCOL": "HTTP/1.1", "HTTP_HOST": "a," * 50_000}, NAMES)

        assert found is not None
        assert len(found.message) < 300


class TestOrigin:
    @pytest.mark.parametrize(
        "origin",
        [
            *("http://localhost:4200", "http://localhost:3000", "https://localhost", "http://127.0.0.1:8080"),
            *("http://127.9.9.9", "http://[::1]:3000", "http://runs.example", "chrome-extension://other"),
        ],
    )
    def test_page_of_this_machine_or_of_a_known_name_comes_in(self, origin):
        assert decide(origin=origin) is None

    @pytest.mark.parametrize(
        "origin",
        [
            *(
                "null",
                "",
                "https://evil.example",
                "http://evil.example:4200",
                "http://localhost.evil.example",
            ),
            *("http://192.168.1.9", "http://93.184.216.34", "http://[2001:db8::1]", "http://0.0.0.0:8000"),
            *(
                "http://localhost@evil.example",
                "http://localhost, http://evil.example",
                "localhost",
                "file://",
            ),
            *("x://localhost", "moz-extension://localhost", "chrome-extension://127.0.0.1"),
            *("http://", "://localhost", "http://localhost http://evil.example", "http://localhost/x"),
        ],
    )
    def test_page_of_elsewhere_is_refused(self, origin):
        assert decide(origin=origin) == FOREIGN_ORIGIN

    def test_page_of_the_called_address_comes_in_and_of_another_address_does_not(self):
        assert decide("192.168.1.5:4200", origin="http://192.168.1.5:4200") is None
        assert decide("192.168.1.5:4200", origin="http://192.168.1.6:4200") == FOREIGN_ORIGIN

    def test_rebound_page_is_refused_although_its_origin_is_the_host(self):
        assert decide("evil.example:4200", origin="http://evil.example:4200") == FOREIGN_HOST

    def test_foreign_page_is_refused_without_a_host_too(self):
        assert decide(None, protocol="HTTP/1.0", origin="http://evil.example") == FOREIGN_ORIGIN


class TestRequestsWithoutOrigin:
    @pytest.mark.parametrize(
        ("headers", "decision"),
        [
            ({}, None),
            ({"sec_fetch_site": "none"}, None),
            ({"sec_fetch_site": "same-origin"}, None),
            ({"sec_fetch_site": "cross-site"}, FOREIGN_ORIGIN),
            ({"sec_fetch_site": "cross-site", "sec_fetch_mode": "no-cors"}, FOREIGN_ORIGIN),
            (
                {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
                FOREIGN_ORIGIN,
            ),
            (
                {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "document"},
                None,
            ),
            ({"sec_fetch_site": "cross-site", "origin": "http://localhost:3000"}, None),
        ],
    )
    def test_image_or_frame_of_another_site_is_refused_and_a_link_is_not(self, headers, decision):
        assert decide(**headers) == decision


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A.Example.", "a.example"),
        ("[::1]", "::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("a:1", None),
        ("", None),
    ],
)
def test_host_is_compared_in_one_form(text, name):
    assert host_name(text) == name
