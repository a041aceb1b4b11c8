"""The gate sums findings up by check, and a blueprint's severities decide."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dblint.cli import cli
from dblint.gate import CHECKS, OTHER, CheckResult, Gate, check_of, graded, together
from dblint.packs import load_rules
from dblint.rule import Severity

BAD = "CREATE TABLE orders (id bigint PRIMARY KEY, total integer);\n"
WORSE = "ALTER TABLE orders ALTER COLUMN total TYPE bigint;\n"
GATE = """\
schemaValidationGate:
  checks:
    - name: zero-downtime-compliance
      severity: {severity}
"""


@pytest.fixture
def component(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    folder = Path("orders")
    (folder / "migrations").mkdir(parents=True)
    (folder / "migrations" / "V1.0.0__create.sql").write_text(BAD)
    (folder / "migrations" / "V2.0.0__total.sql").write_text(WORSE)
    return folder


def check(folder: Path, *options: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(cli, ["check", str(folder), "--format", "json", "--quiet", *options])
    return result.exit_code, json.loads(result.stdout)


def row(report: dict[str, Any], name: str) -> tuple[str | None, str, bool]:
    found = next(each for each in report["summary"]["gate"] if each["check"] == name)
    return found["severity"], found["result"], found["findings"] > 0


def test_the_declared_severity_decides_the_exit_code(component: Path) -> None:
    blueprint = component / "database-blueprint.yaml"
    name = "zero-downtime-compliance"
    code, report = check(component)
    assert (code, row(report, name)) == (1, ("error", "failed", True))
    for severity, expected in (("warning", 0), ("error", 1), ("Medium", 0), ("Critical", 1)):
        blueprint.write_text(GATE.format(severity=severity))
        code, report = check(component)
        assert code == expected, severity
        level = "error" if expected else "warning"
        assert row(report, name) == (level, "failed" if expected else "passed", True)
        assert {each["severity"] for each in report["findings"] if each["rule"].startswith("rewriting")} == {level}


def test_a_check_may_list_its_rules(component: Path) -> None:
    text = GATE.format(severity="warning") + "    - {name: types, severity: error, rules: [rewriting-type-change]}\n"
    (component / "database-blueprint.yaml").write_text(text)
    code, report = check(component)
    assert code == 1
    assert row(report, "types") == ("error", "failed", True)
    assert row(report, "zero-downtime-compliance")[1] == "passed"


def test_what_the_configuration_grades_stays_so(component: Path) -> None:
    (component / "database-blueprint.yaml").write_text(GATE.format(severity="error"))
    Path("dblint.toml").write_text('[severity]\navailability = "info"\n')
    code, _ = check(component, "--ignore", "policy")
    assert code == 0


def test_fail_on_counts_for_the_gate(component: Path) -> None:
    (component / "database-blueprint.yaml").write_text(GATE.format(severity="warning"))
    code, report = check(component, "--fail-on", "warning")
    assert (code, row(report, "zero-downtime-compliance")) == (1, ("warning", "failed", True))


def test_without_a_blueprint_the_same_checks_are_there(component: Path) -> None:
    _, report = check(component)
    assert [each["check"] for each in report["summary"]["gate"]] == [*CHECKS, OTHER]
    assert row(report, "performance-budget") == (None, "not checked", False)


def test_the_table_ends_the_text_report_and_fits(component: Path) -> None:
    result = CliRunner().invoke(cli, ["check", str(component), "--quiet"])
    table = result.stdout.splitlines()[-10:-2]
    assert table[0].split() == ["check", "severity", "result", "findings"]
    assert [line.split("  ")[0] for line in table[1:]] == [*CHECKS, OTHER]
    assert all(len(line) <= 80 for line in table)


def test_sarif_and_markdown_have_the_table(component: Path) -> None:
    arguments = ["check", str(component), "--quiet", "--format"]
    log = json.loads(CliRunner().invoke(cli, [*arguments, "sarif"]).stdout)
    rows = {each["check"]: each for each in log["runs"][0]["properties"]["dblint/gate"]}
    assert rows["zero-downtime-compliance"]["result"] == "failed"
    assert "severity" not in rows["performance-budget"]
    text = CliRunner().invoke(cli, [*arguments, "markdown"]).stdout
    assert "| zero-downtime-compliance | error | failed | 1 |" in text


def test_every_rule_serves_one_of_the_checks_or_none() -> None:
    served = {rule.name: check_of(rule) for rule in load_rules().values()}
    assert set(served.values()) <= {*CHECKS, OTHER}
    assert served["unindexed-foreign-key"] == "foreign-key-indexes"
    assert served["rollback-does-not-invert"] == "migration-reversibility"
    assert served["blocking-check"] == "zero-downtime-compliance"


def test_a_rule_that_only_informs_is_not_made_graver() -> None:
    declared = Gate(severities={"zero-downtime-compliance": Severity.ERROR})
    for rule in load_rules().values():
        if rule.severity is Severity.INFO:
            assert graded(rule, declared) is Severity.INFO


def test_gates_of_several_histories_are_one() -> None:
    one = CheckResult(check="x", severity=None)
    other = CheckResult(check="x", severity=Severity.WARNING, findings=2, failed=True)
    assert together([one, other, one]) == (other,)


def test_one_severity_of_the_example_flips_its_exit_code(tmp_path: Path) -> None:
    example = tmp_path / "order-service"
    shutil.copytree(Path(__file__).parent.parent / "examples" / "order-service", example)
    assert check(example)[0] == 1
    blueprint = example / "database-blueprint.yaml"
    before, name, after = blueprint.read_text().partition("- name: zero-downtime-compliance")
    blueprint.write_text(before + name + after.replace("severity: error", "severity: warning", 1))
    assert check(example)[0] == 0
