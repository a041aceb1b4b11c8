"""The demonstration that the README describes: the gate is red with exactly the expected findings, and green once the
offered patch is applied."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.demonstration import APPLIED, EXPECTED, GATE, build, git

ROOT = Path(__file__).parent.parent


def dblint(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    places = os.pathsep.join(str(ROOT / part) for part in ("linter", "rules", "schemas"))
    return subprocess.run(
        [sys.executable, "-m", "dblint", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": places, "PATH": os.environ["PATH"]},
    )


@pytest.mark.parametrize("command", [("git", "apply"), ("patch", "-s", "-p1", "-i")])
def test_from_red_to_green(command: tuple[str, ...], tmp_path: Path) -> None:
    build(tmp_path)
    applied = {file.name: file.read_bytes() for file in (tmp_path / "migrations").iterdir()}
    red = dblint(tmp_path, *GATE, "--format", "json=red.json", "--patch", "fixes.patch", "--unsafe-fixes")
    assert red.returncode == 1, red.stderr
    assert "2 checked, 20 folded" in red.stderr
    findings = json.loads((tmp_path / "red.json").read_text())["findings"]
    assert [(each["rule"], Path(each["path"]).name, each["line"]) for each in findings] == EXPECTED
    without = [each["rule"] for each in findings if "fix" not in each]
    assert without == ["lock-held-over-slow-work"]  # gone with what was slow

    subprocess.run([*command, "fixes.patch"], cwd=tmp_path, check=True)

    green = dblint(tmp_path, *GATE, "--format", "json")
    assert (green.returncode, json.loads(green.stdout)["findings"]) == (0, []), green.stderr
    assert dblint(tmp_path, *GATE, "--diff", "--unsafe-fixes").stdout == ""
    now = {file.name: file.read_bytes() for file in (tmp_path / "migrations").iterdir()}
    old = sorted(applied)[: len(APPLIED)]
    assert [now[name] for name in old] == [applied[name] for name in old]
    git(tmp_path, "diff", "--quiet", "main", "--", *(f"migrations/{name}" for name in old))
