"""The README shows what the program prints, and the example says what is wrong with it."""

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = re.compile(r"in [\d.]+ s")


def dblint(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dblint", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": "linter:rules:schemas", "PATH": "", "COLUMNS": "80"},
    )


def test_transcript() -> None:
    """Write it again with: python tests/test_readme.py"""
    shown = re.search(r"```console\n\$ dblint examples/order-service\n(.*?)```", readme(), re.DOTALL)
    assert shown is not None
    assert SECONDS.sub("in 0.1 s", shown[1]) == transcript()


def test_example_has_these_faults_and_no_others() -> None:
    result = dblint("examples/order-service", "--format", "json")
    found = json.loads(result.stdout)["findings"]
    assert result.returncode == 1
    assert [(f["rule"], Path(f["path"]).name, f["line"]) for f in found] == [
        ("blocking-check", "V3.2.0__add_currency_support.sql", 14),
        ("false-zero-downtime-claim", "V3.2.0__add_currency_support.sql", 14),
        ("concurrently-in-transaction", "V3.2.0__add_currency_support.sql", 17),
    ]


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def transcript() -> str:
    result = dblint("examples/order-service")
    return SECONDS.sub("in 0.1 s", result.stderr + result.stdout)


if __name__ == "__main__":
    text = re.sub(
        r"(```console\n\$ dblint examples/order-service\n).*?```",
        lambda found: found[1] + transcript().replace("\\", "\\\\") + "```",
        readme(),
        flags=re.DOTALL,
    )
    (ROOT / "README.md").write_text(text, encoding="utf-8")
