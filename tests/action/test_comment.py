"""The comment on a pull request: one, renewed, never in the way, against a server that answers as GitHub's does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

SCRIPT = Path(__file__).parent.parent.parent / "action" / "comment.py"
BOT = {"type": "Bot"}


class Hub(HTTPServer):
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
    server: Hub

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


@pytest.fixture
def hub() -> Iterator[Hub]:
    server = Hub()
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def say(hub: Hub, folder: Path, summary: str, *, head: str | None = "o/r", category: str = "dblint") -> str:
    """Run the script as the action does; what it prints."""
    event = {"pull_request": {"number": 7, "head": {"repo": head and {"full_name": head}}}}
    (folder / "event.json").write_text(json.dumps(event))
    (folder / "summary.md").write_text(summary, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        env={
            "PATH": os.environ["PATH"],
            "GITHUB_API_URL": hub.address,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_EVENT_PATH": str(folder / "event.json"),
            "DBLINT_SUMMARY": str(folder / "summary.md"),
            "DBLINT_CATEGORY": category,
            "DBLINT_TOKEN": "secret",
        },
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_written_then_renewed_then_left_alone(hub: Hub, tmp_path: Path) -> None:
    hub.comments = [{"id": n, "user": {"type": "User"}, "body": "<!-- dblint: dblint -->"} for n in range(150)]
    assert say(hub, tmp_path, "## failed\n") == ""
    assert hub.comments[150]["body"] == "<!-- dblint: dblint -->\n## failed\n"
    say(hub, tmp_path, "## passed\n")
    assert [each["body"] for each in hub.comments[150:]] == ["<!-- dblint: dblint -->\n## passed\n"]
    hub.comments[150]["body"] = hub.comments[150]["body"].replace("\n", "\r\n")
    hub.requests.clear()
    say(hub, tmp_path, "## passed\n")
    assert set(hub.requests) == {"GET"}


def test_each_category_has_its_own(hub: Hub, tmp_path: Path) -> None:
    say(hub, tmp_path, "a", category="shop")
    say(hub, tmp_path, "b", category="bill-->ing")
    say(hub, tmp_path, "c", category="shop")
    assert [each["body"] for each in hub.comments] == ["<!-- dblint: shop -->\nc", "<!-- dblint: billing -->\nb"]


@pytest.mark.parametrize("head", ["someone/r", None])
def test_nothing_is_tried_on_forks(hub: Hub, tmp_path: Path, head: str | None) -> None:
    assert say(hub, tmp_path, "a", head=head) == ""
    assert hub.requests == []


def test_what_goes_wrong_is_a_notice(hub: Hub, tmp_path: Path) -> None:
    hub.refuses = 403
    said = say(hub, tmp_path, "a")
    assert said.startswith("::notice title=dblint::No comment could be written (403 ")
    assert said.endswith("the job needs `pull-requests: write`\n")
    hub.shutdown()
    hub.server_close()
    assert say(hub, tmp_path, "a").startswith("::notice title=dblint::No comment could be written")


def test_a_long_summary_is_cut_between_files(hub: Hub, tmp_path: Path) -> None:
    say(hub, tmp_path, "## dblint\n" + "".join(f"\n### {n}\n\n{'x' * 300}\n" for n in range(400)))
    (comment,) = hub.comments
    assert len(comment["body"]) < 65_536
    assert comment["body"].endswith("x\n\nThe job's summary has the rest.\n")
