"""The hook, as the real pre-commit installs and runs it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRE_COMMIT = Path(sys.executable).with_name("pre-commit")
SOURCES = (".pre-commit-hooks.yaml", "LICENSE", "README.md", "linter", "pyproject.toml", "rules", "schemas")


def git(*arguments: str, at: Path) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", *settings, *arguments], cwd=at, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository that uses the hook, with one migration on its main branch."""
    hooks = tmp_path_factory.mktemp("dblint")
    for name in SOURCES:
        place = ROOT / name
        if place.is_dir():
            shutil.copytree(place, hooks / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(place, hooks / name)
    git("init", "-q", "-b", "main", at=hooks)
    git("add", "-A", at=hooks)
    git("commit", "-qm", "all", at=hooks)
    here = tmp_path_factory.mktemp("work")
    git("init", "-q", "-b", "main", at=here)
    (here / "db").mkdir()
    (here / "db" / "V1__orders.sql").write_text("CREATE TABLE orders (id bigint PRIMARY KEY, note text);\n")
    (here / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {git('rev-parse', 'HEAD', at=hooks)}\n"
        "  hooks:\n  - id: dblint\n    args: [db]\n"
    )
    git("add", "-A", at=here)
    git("commit", "-qm", "base", at=here)
    git("switch", "-qc", "change", at=here)
    return here


def hook(here: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PRE_COMMIT, "run", "--color=never"],
        cwd=here,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(here.parent), "PRE_COMMIT_HOME": str(here.parent / "hooks")},
    )


def test_the_manifest() -> None:
    subprocess.run([PRE_COMMIT, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True)


def test_the_hook(here: Path) -> None:
    staged = here / "db" / "V2__change.sql"
    bad = "CREATE INDEX ix_orders_note ON orders (note);\n"
    staged.write_text(bad)
    git("add", "-A", at=here)
    failed = hook(here)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "error[blocking-index-build]" in failed.stdout
    assert "db/V2__change.sql:1:1" in failed.stdout
    assert "1 checked, 1 folded" in failed.stdout

    staged.write_text(f"-- dblint: allow blocking-index-build: nine rows\n{bad}")
    git("add", "-A", at=here)
    assert hook(here).returncode == 0

    git("commit", "-qm", "change", at=here)
    (here / "notes.txt").write_text("x\n")
    git("add", "-A", at=here)
    assert "Skipped" in hook(here).stdout
