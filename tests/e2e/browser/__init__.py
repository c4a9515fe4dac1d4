"""A real browser that opens a page, and what the page finds."""

import json
import os
import queue
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
INSTALLED = ROOT / ".venvs" / "chromium" / "chromium"
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
_OPTIONS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage")
_SECONDS = 120


def find_chromium():
    """Return the path of Chromium: the one that `make test` installs, else one of this machine, else None."""
    if INSTALLED.exists():
        return INSTALLED
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else _MAC if _MAC.exists() else None


def found_by_page(chromium, folder, addresses):
    """Open a page of elsewhere that attacks each address. Return what it saw, by address and attack."""
    script = (Path(__file__).with_name("page.js")).read_text(encoding="utf-8")
    page = f"<!doctype html><script>const addresses = {json.dumps(addresses)};\n{script}</script>"
    results: queue.Queue[dict[str, dict[str, str]]] = queue.Queue()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            self._respond(page.encode() if self.path == "/" else b"")

        def do_POST(self):
            results.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._respond(b"")

        def _respond(self, body):
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        libraries = {"LD_LIBRARY_PATH": str(INSTALLED.parent / "lib")} if chromium == INSTALLED else {}
        url = f"http://127.0.0.1:{site.server_port}/"
        with (folder / "browser.txt").open("wb") as output:
            browser = subprocess.Popen(
                [chromium, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", url],
                env={**os.environ, "HOME": str(folder), **libraries},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            return results.get(timeout=_SECONDS)
        except queue.Empty:
            raise AssertionError((folder / "browser.txt").read_text(errors="replace")[-2000:]) from None
        finally:
            os.killpg(browser.pid, 9)
            browser.wait()
            site.shutdown()
