"""Microsoft's SARIF Multitool, where it is installed: what it says of a log, and what it makes of one.

    npm install --prefix .tools @microsoft/sarif-multitool-linux

puts it where it is looked for; DBLINT_MULTITOOL names another folder with a `node_modules`.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TOOLS = Path(os.environ.get("DBLINT_MULTITOOL") or ROOT / ".tools")
PACKAGE = "node_modules/@microsoft/sarif-multitool-linux"
OFFLINE = """\
<?xml version="1.0" encoding="utf-8"?>
<Properties>
  <Properties Key="SARIF2006.UrisShouldBeReachable.Options">
    <Property Key="RuleEnabled" Value="Disabled" Type="Driver.RuleEnabledState" />
  </Properties>
</Properties>
"""
"""The one rule that is off fetches every address in a log."""


class Multitool:
    """The program, and a folder for its files."""

    def __init__(self, package: Path, folder: Path) -> None:
        self.program = package / "Sarif.Multitool"
        self.schema = package / "sarif-2.1.0.json"
        self.folder = folder
        self.program.chmod(0o755)  # npm runs no script that would

    @classmethod
    def found(cls, folder: Path) -> "Multitool | None":
        package = TOOLS / PACKAGE
        return cls(package, folder) if (package / "Sarif.Multitool").exists() else None

    def complaints(self, log: dict[str, Any]) -> list[str]:
        """The errors and warnings about a log, by the rules of SARIF and those of GitHub's code scanning."""
        settings = self.folder / "settings.xml"
        settings.write_text(OFFLINE, encoding="utf-8")
        rules = ("-c", str(settings), "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning")
        report = self._made("validate", log, *rules, "--max-file-size-in-kb", "1000000")
        (run,) = report["runs"]
        for invocation in run["invocations"]:
            assert invocation["executionSuccessful"], invocation
        return [f"{each['ruleId']} {each['message']['arguments']}" for each in run["results"]]

    def rewritten(self, log: dict[str, Any], *options: str) -> dict[str, Any]:
        """The log as the tool writes it after reading it."""
        return self._made("rewrite", log, *options)

    def page(self, log: dict[str, Any], first: int, count: int) -> dict[str, Any]:
        """The log with only so many results, from that one on (from 0)."""
        return self._made("page", log, "--index", str(first), "--count", str(count), over="--force")

    def merged(self, log: dict[str, Any]) -> dict[str, Any]:
        """The log as the tool merges it with no other."""
        return self._made("merge", log, "--output-directory", str(self.folder), output="--output-file")

    def matched(self, log: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """The log with what it tells of each result, held against an earlier log."""
        previous = self.folder / "before.sarif"
        previous.write_text(json.dumps(before), encoding="utf-8")
        return self._made("match-results-forward", log, "--previous", str(previous), output="--output-file-path")

    def _made(
        self,
        verb: str,
        log: dict[str, Any],
        *options: str,
        output: str = "--output",
        over: str = "--log=ForceOverwrite",
    ) -> dict[str, Any]:
        """What the verb makes of the log. `output`, `over`: its options for the file, and to write over one."""
        source, target = self.folder / "in.sarif", self.folder / "out.sarif"
        source.write_text(json.dumps(log), encoding="utf-8")
        target.unlink(missing_ok=True)
        done = subprocess.run(
            [self.program, verb, source, *options, output, target, over],
            capture_output=True,
            text=True,
            check=False,
        )
        assert target.exists(), done.stdout + done.stderr
        made: dict[str, Any] = json.loads(target.read_text(encoding="utf-8-sig"))
        return made
