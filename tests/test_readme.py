"""The README shows what the program prints, and the example says what is wrong with it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from dblint.packs import load_rules, resolve
from dblint.pages import path_of

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


def test_the_specification_s_rules_are_ours() -> None:
    rules = load_rules()
    rows = re.findall(r"^\| (`.*?) \| (\[.*\)) \|$", readme(), re.MULTILINE)
    assert len(rows) > 20
    for names, ours in rows:
        for name, page in re.findall(r"\[([\w-]+)\]\(([\w/.]+)\)", ours):
            assert page == path_of(rules[name]).relative_to(ROOT).as_posix()
        for name in re.findall(r"`([a-z]+(?:-[a-z]+)+)`", names):
            if not name.endswith(("-rls", "-tenant")):  # which are strategies
                assert {f"[{found}]" for found in resolve(name, rules)} == {ours.partition("(")[0]}


@pytest.mark.parametrize(
    ("word", "schema"),
    [("uses: OWNER/dblint", "vendor.github-workflows"), ("codequality:", "vendor.gitlab-ci")],
)
def test_workflows_fit_their_schemas(word: str, schema: str, tmp_path: Path) -> None:
    (text,) = (block for block in re.findall(r"```yaml\n(.*?)```", readme(), re.DOTALL) if word in block)
    file = tmp_path / "workflow.yml"
    file.write_text(text, encoding="utf-8")
    check = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run([check, "--builtin-schema", schema, file], check=True, capture_output=True)


def test_the_workflow_stands_up_to_its_linters(tmp_path: Path) -> None:
    (text,) = (block for block in re.findall(r"```yaml\n(.*?)```", readme(), re.DOTALL) if "uses: OWNER" in block)
    file = tmp_path / "workflow.yml"
    tools = Path(sys.executable).parent
    file.write_text(text, encoding="utf-8")
    subprocess.run([tools / "actionlint", file], check=True, capture_output=True)
    # Versions are pinned in the workflow that `dblint init` writes; here they would hide the rest.
    file.write_text(re.sub(r"@v[\d.]+", f"@{'0' * 40}", text), encoding="utf-8")
    done = subprocess.run([tools / "zizmor", "--offline", "--format", "plain", file], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_actions_inputs_are_named() -> None:
    document = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    section = readme().partition("## On pull requests")[2].partition("### Elsewhere")[0]
    for name in (*document["inputs"], *document["outputs"]):
        assert f"`{name}`" in section


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
