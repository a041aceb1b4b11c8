"""Keeps one comment with dblint's summary on the pull request: written the first time, renewed from then on.

Reads GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_EVENT_PATH, and of its own DBLINT_TOKEN, DBLINT_SUMMARY (a file) and
DBLINT_CATEGORY (which comment of several is meant). A comment is a courtesy: whatever goes wrong is a notice in the
log, and on a fork's pull request, whose token may not write, nothing is tried.
"""

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

LIMIT = 65_000
"""Characters; GitHub takes 65,536."""
PATIENCE = 30
"""Seconds for each answer."""
PAGES = 30
"""Pages of a hundred comments that are looked through."""


def main() -> int:
    event = json.loads(Path(os.environ["GITHUB_EVENT_PATH"]).read_text(encoding="utf-8"))
    pull_request = event["pull_request"]
    head = pull_request["head"].get("repo") or {}
    if head.get("full_name") != os.environ["GITHUB_REPOSITORY"]:
        return 0
    try:
        say(pull_request["number"], body(Path(os.environ["DBLINT_SUMMARY"]).read_text(encoding="utf-8")))
    except (urllib.error.URLError, TimeoutError) as error:
        reason = getattr(error, "reason", error)
        code = getattr(error, "code", "")
        needs = ": the job needs `pull-requests: write`" if code == 403 else ""
        sys.stdout.write(f"::notice title=dblint::No comment could be written ({code} {reason}){needs}\n")
    return 0


def marker() -> str:
    """What the comment begins with, unseen by people."""
    category = "".join(letter for letter in os.environ["DBLINT_CATEGORY"] if letter.isalnum() or letter in " ._/")
    return f"<!-- dblint: {category} -->"


def body(summary: str) -> str:
    text = f"{marker()}\n{summary}"
    if len(text) <= LIMIT:
        return text
    whole = text[:LIMIT].rpartition("\n### ")[0] or marker()
    return f"{whole.rstrip()}\n\nThe job's summary has the rest.\n"


def say(number: int, text: str) -> None:
    """Renew the comment, or write it: also when nothing was found, so that people see that it ran."""
    comments = f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/{number}/comments"
    for page in range(1, PAGES + 1):
        found = call("GET", f"{comments}?per_page=100&page={page}")
        for each in found:
            if each["body"].startswith(marker()) and each["user"]["type"] == "Bot":
                if each["body"].replace("\r\n", "\n") != text:
                    call("PATCH", f"/repos/{os.environ['GITHUB_REPOSITORY']}/issues/comments/{each['id']}", text)
                return
        if len(found) < 100:
            break
    call("POST", comments, text)


def call(method: str, path: str, text: str | None = None) -> Any:
    request = urllib.request.Request(
        os.environ["GITHUB_API_URL"] + path,
        method=method,
        data=None if text is None else json.dumps({"body": text}).encode(),
        headers={
            "Authorization": f"Bearer {os.environ['DBLINT_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
