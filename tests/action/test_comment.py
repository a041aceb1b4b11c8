"""The comment on a pull request: one, renewed, never in the way, against a server that answers as GitHub's does."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.action.comments import Comments, comments

SCRIPT = Path(__file__).parent.parent.parent / "action" / "comment.py"


@pytest.fixture
def hub() -> Iterator[Comments]:
    with comments() as server:
        yield server


def say(hub: Comments, folder: Path, summary: str, *, head: str | None = "o/r", category: str = "dblint") -> str:
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


def test_written_then_renewed_then_left_alone(hub: Comments, tmp_path: Path) -> None:
    hub.comments = [{"id": n, "user": {"type": "User"}, "body": "<!-- dblint: dblint -->"} for n in range(150)]
    assert say(hub, tmp_path, "## failed\n") == ""
    assert hub.comments[150]["body"] == "<!-- dblint: dblint -->\n## failed\n"
    say(hub, tmp_path, "## passed\n")
    assert [each["body"] for each in hub.comments[150:]] == ["<!-- dblint: dblint -->\n## passed\n"]
    hub.comments[150]["body"] = hub.comments[150]["body"].replace("\n", "\r\n")
    hub.requests.clear()
    say(hub, tmp_path, "## passed\n")
    assert set(hub.requests) == {"GET"}


def test_each_category_has_its_own(hub: Comments, tmp_path: Path) -> None:
    say(hub, tmp_path, "a", category="shop")
    say(hub, tmp_path, "b", category="bill-->ing")
    say(hub, tmp_path, "c", category="shop")
    assert [each["body"] for each in hub.comments] == ["<!-- dblint: shop -->\nc", "<!-- dblint: billing -->\nb"]


@pytest.mark.parametrize("head", ["someone/r", None])
def test_nothing_is_tried_on_forks(hub: Comments, tmp_path: Path, head: str | None) -> None:
    assert say(hub, tmp_path, "a", head=head) == ""
    assert hub.requests == []


def test_what_goes_wrong_is_a_notice(hub: Comments, tmp_path: Path) -> None:
    hub.refuses = 403
    said = say(hub, tmp_path, "a")
    assert said.startswith("::notice title=dblint::No comment could be written (403 ")
    assert said.endswith("the job needs `pull-requests: write`\n")
    hub.shutdown()
    hub.server_close()
    assert say(hub, tmp_path, "a").startswith("::notice title=dblint::No comment could be written")


def test_a_long_summary_is_cut_between_files(hub: Comments, tmp_path: Path) -> None:
    say(hub, tmp_path, "## dblint\n" + "".join(f"\n### {n}\n\n{'x' * 300}\n" for n in range(400)))
    (comment,) = hub.comments
    assert len(comment["body"]) < 65_536
    assert comment["body"].endswith("x\n\nThe job's summary has the rest.\n")
