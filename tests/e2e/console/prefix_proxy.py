"""A proxy that serves a server below a prefix, as nginx or a stage of API Gateway does."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.e2e import plain_http

# What a browser accepts is not what the proxy can read.
_NOT_PASSED = {"host", "accept-encoding"}
_OWN = {"transfer-encoding", "content-encoding", "content-length", "connection", "date", "server"}


@contextmanager
def below_a_prefix(url, prefix):
    """Yield the address of a proxy that passes on what is below the prefix, and nothing else."""

    class Proxy(BaseHTTPRequestHandler):
        def _pass_on(self):
            if not self.path.startswith(f"{prefix}/"):
                self._respond(404, {}, b"")
                return
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _NOT_PASSED}
            passed = plain_http.request(
                self.command, url + self.path.removeprefix(prefix), headers=headers, content=body
            )
            kept = {name: value for name, value in passed.headers.items() if name.lower() not in _OWN}
            self._respond(passed.status_code, kept, passed.content)

        do_GET = do_POST = _pass_on  # noqa: N815  (the names that the base class asks for)

        def _respond(self, status, headers, body):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{proxy.server_port}{prefix}"
        proxy.shutdown()
