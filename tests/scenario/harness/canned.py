# SPDX-License-Identifier: Apache-2.0
"""An admin address that answers what a test has written down, for commands and the dashboard: the files of ui/, and JSON by path."""
import http.server
import json
import pathlib
import threading

UI = pathlib.Path(__file__).resolve().parents[3] / "ui"
FILES = {"/": ("dashboard.html", "text/html"), "/dashboard.css": ("dashboard.css", "text/css"), "/dashboard.js": ("dashboard.js", "text/javascript"),
         "/facts.js": ("facts.js", "text/javascript")}  # fmt: skip


class CannedAdmin:
    def __init__(self, answers):
        """answers: {path without its query: what JSON is made of}."""

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                name, kind = FILES.get(self.path, (None, "application/json"))
                found = answers.get(self.path.partition("?")[0], "" if self.path == "/favicon.ico" else None)
                body = (UI / name).read_bytes() if name else json.dumps(found if found is not None else {"error": {"code": "none", "message": "there is none"}}).encode()
                self.send_response(200 if name or found is not None else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)
