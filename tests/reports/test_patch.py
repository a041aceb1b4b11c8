"""Patches: git takes them, and they make exactly the new text."""

import subprocess
from pathlib import Path

import pytest

from dblint.reports.patch import Change, patch


def git_apply(folder: Path, text: str, *options: str) -> int:
    return subprocess.run(["git", "apply", *options, "-"], cwd=folder, input=text.encode(), check=False).returncode


@pytest.mark.parametrize("path", ["a.sql", "db/new folder/é b.sql", 'quo"te.sql', "back\\slash.sql"])
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a\nb\nc\n", "a\nB\nc\n"),
        ("a\r\nb\r\n", "a\r\nB\r\n"),
        ("a\nb", "a\nb\n"),
        ("a\nb\n", "a\nb"),
        ("a", "b"),
        ("", "a\n"),
        ("a\n", ""),
        (None, "a\nb"),
        (None, "a\n"),
        ("x\x0cy\u2028z\rw\nb\n", "x\x0cy\u2028z\rw\nc\n"),
        ("".join(f"{n}\n" for n in range(99)), "".join(f"{n}\n" for n in range(99) if n not in (3, 70))),
    ],
)
def test_git_applies_it(tmp_path: Path, path: str, before: str | None, after: str) -> None:
    file = tmp_path / path
    if before is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(before.encode())
    text = patch([Change(path, before, after)])
    assert git_apply(tmp_path, text) == 0
    assert file.read_bytes() == after.encode()
    assert git_apply(tmp_path, text, "--check") != 0
    assert git_apply(tmp_path, text, "--reverse", "--check") == 0


def test_no_change_is_no_patch() -> None:
    assert patch([Change("a", "x", "x")]) == ""
    assert patch([Change("a", "x\n", "y\n")]) == ("diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n+y\n")
