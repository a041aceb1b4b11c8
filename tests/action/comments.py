"""A server that keeps the comments of one pull request, and answers as GitHub's does."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

BOT = {"type": "Bot"}


class Comments(HTTPServer):
    """Comments of pull request 7 of o/r. `refuses`: the status for every request that writes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.comments: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.refuses = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: Comments

    def log_request(self, code: object = "", size: object = "") -> None:
        self.server.requests.append(self.command)

    def do_GET(self) -> None:
        assert self.path.startswith("/repos/o/r/issues/7/comments?per_page=100&page=")
        page = int(self.path.rpartition("=")[2])
        self._answer(200, self.server.comments[100 * (page - 1) : 100 * page])

    def do_POST(self) -> None:
        assert self.path == "/repos/o/r/issues/7/comments"
        self._written({"id": 1 + len(self.server.comments), "user": BOT})

    def do_PATCH(self) -> None:
        number = int(self.path.removeprefix("/repos/o/r/issues/comments/"))
        self._written(next(each for each in self.server.comments if each["id"] == number))

    def _written(self, comment: dict[str, Any]) -> None:
        text = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["body"]
        if self.server.refuses:
            self._answer(self.server.refuses, {"message": "Resource not accessible by integration"})
            return
        assert self.headers["Authorization"] == "Bearer secret"
        comment["body"] = text
        if comment not in self.server.comments:
            self.server.comments.append(comment)
        self._answer(200, comment)

    def _answer(self, status: int, document: Any) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def comments() -> Iterator[Comments]:
    """The server, running."""
    server = Comments()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
