"""Reports as programs of others take them: sarif-tools counts what is in a SARIF log, rdformat-validator checks rdjson.

`.ci/run` puts both beside the Multitool; where they are not, these tests are skipped.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from dblint.reports import rdjson
from dblint.rule import Applicability, Fix, Related, Severity
from dblint.source import Edit, Source, Span
from tests.reports.multitool import TOOLS
from tests.reports.samples import finding, rule_info, written
from tests.reports.test_sarif import log, only_run, sample

COUNT = """\
import json, sys
from sarif import loader
report = loader.load_sarif_file(sys.argv[1]).get_report()
print(json.dumps({level: report.get_issue_count_for_severity(level) for level in ("error", "warning", "note")}))
"""


def test_sarif_tools_counts_as_we_do(tmp_path: Path) -> None:
    package = TOOLS / "python"
    if not package.exists():
        pytest.skip("no sarif-tools: pip install --no-deps --target .tools/python sarif-tools jsonpath-ng")
    findings, counts = sample()
    document = log([*findings, *findings[:2]], counts)
    file = tmp_path / "a.sarif"
    file.write_text(json.dumps(document), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run([sys.executable, "-c", COUNT, file], env=environment, capture_output=True, check=True)
    levels = Counter(result["level"] for result in only_run(document)["results"])
    assert json.loads(done.stdout) == levels == {"error": 4, "warning": 2, "note": 1}


def complaints(text: str, file: Path) -> tuple[int, Any]:
    """The exit code of the strict validator, and what it says."""
    validator = TOOLS / "node_modules" / "@umbrelladocs" / "rdformat-validator" / "bin" / "rdformat-validator.js"
    if not validator.exists():
        pytest.skip("no rdformat-validator: npm install --prefix .tools @umbrelladocs/rdformat-validator")
    file.write_text(text, encoding="utf-8")
    command = ["node", validator, "--strict", "--no-extra-fields", file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_rdjson_is_what_reviewdog_reads(tmp_path: Path) -> None:
    source = Source("db/é.sql", "/* 😀 */ DROP a;\r\nDROP b;\r\n", bom=True)
    fix = Fix(title="say x", edits=(Edit(Span(13, 14), "x"),), applicability=Applicability.SAFE)
    findings = [
        finding(source, "DROP a", fix=fix, related=(Related(source, Span(0, 6), "made here"),)),
        finding(source, "DROP b", severity=Severity.INFO),
    ]
    text = written(rdjson.write, findings, rules=[rule_info()])
    assert '"suggestions"' in text
    code, said = complaints(text, tmp_path / "a.rdjson")
    assert code == 0, said
    assert complaints(written(rdjson.write, []), tmp_path / "a.rdjson")[0] == 0
    assert complaints(text.replace('"ERROR"', '"GRAVE"'), tmp_path / "a.rdjson")[0] != 0
