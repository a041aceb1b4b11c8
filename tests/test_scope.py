"""What is under check: in real repositories, shallow clones and none, and what a branch does to older migrations."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint.revisions import STARTS, TARGETS
from dblint.scope import presumed

ROOT = Path(__file__).parent.parent
ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);\n"
INDEX = "CREATE INDEX orders_customer ON orders (customer_id);\n"
ITEMS = "CREATE TABLE items (id bigint PRIMARY KEY);\n"
RULES = ("blocking-index-build", "edited-migration", "out-of-order-version", "duplicate-version")


def git(*arguments: str, at: Path | str = ".") -> str:
    done = subprocess.run(["git", "-C", str(at), *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def plant(files: Mapping[str, str | None], at: Path | str = ".") -> None:
    """Writes these files; None removes one."""
    for name, text in files.items():
        file = Path(at, name)
        if text is None:
            file.unlink()
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")


def commit(files: Mapping[str, str | None], at: Path | str = ".") -> str:
    plant(files, at)
    git("add", "--all", ".", at=at)
    git("commit", "--quiet", "--allow-empty", "-m", "change", at=at)
    return git("rev-parse", "HEAD", at=at)


def branch(name: str, *, at: Path | str = ".") -> None:
    git("checkout", "--quiet", "-B", name, at=at)


def begin(at: Path | str, files: Mapping[str, str | None]) -> None:
    """A repository whose branch `main` has these files, and a branch `topic` that has no more yet."""
    Path(at).mkdir(parents=True, exist_ok=True)
    git("init", "--quiet", "--initial-branch=main", at=at)
    git("config", "user.name", "somebody", at=at)
    git("config", "user.email", "somebody@example.com", at=at)
    commit(files, at)
    branch("topic", at=at)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*TARGETS, *STARTS, "CI", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dblint(*arguments: str) -> Result:
    return CliRunner().invoke(cli, [*arguments, "--format", "json", "--select", ",".join(RULES)], prog_name="dblint")


def found(*arguments: str) -> list[tuple[str, str]]:
    """Each finding's rule and file name."""
    result = dblint(*arguments)
    assert result.exit_code in (0, 1), result.stderr
    return sorted((each["rule"], Path(each["path"]).name) for each in json.loads(result.stdout)["findings"])


def said(*arguments: str) -> list[str]:
    return [each["message"] for each in json.loads(dblint(*arguments).stdout)["findings"]]


BLOCKS = "blocking-index-build"
BASE = {"migrations/V1__a.sql": ORDERS, "migrations/V2__b.sql": INDEX}
NEW = {"migrations/V3__c.sql": INDEX.replace("orders_customer", "again")}


# --- what is new ------------------------------------------------------------------------------


def test_only_what_the_base_lacks_is_reported() -> None:
    begin(".", BASE)
    commit(NEW)
    assert found("migrations") == [(BLOCKS, "V2__b.sql"), (BLOCKS, "V3__c.sql")]
    assert found("migrations", "--new", "auto") == [(BLOCKS, "V3__c.sql")]
    assert found("migrations", "--base", "main") == [(BLOCKS, "V3__c.sql")]
    assert found("migrations", "--new", "all") == found("migrations")
    result = dblint("migrations", "--new", "auto")
    assert result.stderr.startswith("dblint: migrations: flyway, 1 checked, 2 folded, PostgreSQL 14")
    assert result.stderr.endswith("compared with main\n")


def test_files_that_are_not_committed_are_new() -> None:
    begin(".", {**BASE, ".gitignore": "V4*\n"})
    plant({**NEW, "migrations/V4__ignored.sql": INDEX.replace("orders_customer", "more")})
    assert found("migrations", "--new", "auto") == [(BLOCKS, "V3__c.sql"), (BLOCKS, "V4__ignored.sql")]


def test_nothing_new() -> None:
    begin(".", BASE)
    result = dblint("migrations", "--new", "auto")
    assert (result.exit_code, json.loads(result.stdout)["findings"]) == (0, [])
    assert "no migration is new, 2 folded" in result.stderr


def test_skipped_files_with_the_reason() -> None:
    begin(".", {**BASE, "migrations/seed.sql": "", "migrations/notes.sql": ""})
    line = dblint("migrations", "--new", "auto").stderr
    assert "2 folded, 2 skipped (not named as Flyway names migrations), PostgreSQL" in line


@pytest.mark.parametrize(
    ("place", "path"),
    [(".", "svc one/db"), ("svc one", "db"), ("svc one/db", "."), ("svc one/db", "../../svc one"), ("..", "{here}")],
)
def test_from_any_folder(here: Path, place: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(".", {f"svc one/db/{Path(name).name}": text for name, text in BASE.items()} | {"other/V9__x.sql": ITEMS})
    commit({"svc one/db/V3__größe.sql": INDEX.replace("orders_customer", "again")})
    monkeypatch.chdir(place)
    assert found(path.format(here=here), "--new", "auto") == [(BLOCKS, "V3__größe.sql")]


def test_several_histories_and_repositories(here: Path) -> None:
    begin("one", {"db/V1__a.sql": ORDERS})
    begin("two", {"db/V1__a.sql": ORDERS, "db/V2__b.sql": INDEX})
    commit({"db/V2__b.sql": INDEX}, at="one")
    assert found("one", "two", "--new", "auto") == [(BLOCKS, "V2__b.sql")]


def test_a_single_file() -> None:
    begin(".", BASE)
    commit(NEW)
    assert found("migrations/V2__b.sql", "--new", "auto") == []
    assert found("migrations/V3__c.sql", "--new", "auto") == [(BLOCKS, "V3__c.sql")]


def test_a_new_one_among_old_ones_is_checked_alone() -> None:
    begin(".", {"m/V1__a.sql": ORDERS, "m/V3__c.sql": INDEX, "m/V4__d.sql": INDEX.replace("orders_customer", "d")})
    commit({"m/V2__b.sql": INDEX.replace("orders_customer", "b")})
    expected = [(BLOCKS, "V2__b.sql"), ("out-of-order-version", "V2__b.sql")]
    assert found("m", "--new", "auto") == expected
    assert found("m", "--new", "m/V2__b.sql") == expected[:1]
    assert "version 2 runs late or never on databases that have 4, and before it on new ones" in said(
        "m", "--new", "auto"
    )


def test_what_an_old_migration_made_is_old_although_a_new_one_stands_before_it() -> None:
    begin(".", {"m/V2__a.sql": ORDERS})
    commit({"m/V1__b.sql": ITEMS, "m/V3__c.sql": INDEX + "CREATE INDEX i ON items (id);\n"})
    assert found("m", "--new", "auto") == [(BLOCKS, "V3__c.sql"), ("out-of-order-version", "V1__b.sql")]


def test_since_a_commit() -> None:
    begin(".", BASE)
    deployed = commit(NEW)
    commit({"migrations/V4__d.sql": INDEX.replace("orders_customer", "d")})
    assert found("migrations", "--since-commit", deployed) == [(BLOCKS, "V4__d.sql")]
    assert found("migrations", "--since-commit", "HEAD~2") == [(BLOCKS, "V3__c.sql"), (BLOCKS, "V4__d.sql")]
    result = dblint("migrations", "--since-commit", "v9")
    assert (result.exit_code, result.stderr) == (2, "dblint: error: git knows no commit 'v9'\n")


@pytest.mark.parametrize(
    "text", ["1\n2\n", "# done\n\nV1__a.sql\nV2__b.sql\r\n", "001\nmigrations/V2__b.sql\n0\n", "V1__a\nV2__b\n77"]
)
def test_all_but_what_is_applied(text: str) -> None:
    plant({**BASE, **NEW, "applied.txt": text})
    assert found("migrations", "--applied", "applied.txt") == [(BLOCKS, "V3__c.sql")]


def test_applied_beyond_a_new_one() -> None:
    plant({**BASE, **NEW, "applied.txt": "1\n3\n"})
    assert found("migrations", "--applied", "applied.txt") == [
        (BLOCKS, "V2__b.sql"),
        ("out-of-order-version", "V2__b.sql"),
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--applied", "none.txt"), "none.txt: no such file or folder"),
        (("--applied", "other.txt"), "other.txt: no line of it is the version or file name of a migration"),
        (("--since", "2", "--new", "auto"), "--new auto and --since say different things"),
        (("--new", "auto", "--new", "migrations/V1__a.sql"), "--new and --new auto say different things"),
        (("--applied", "other.txt", "--since-commit", "HEAD"), "--since-commit and --applied say different things"),
        (("--new", "auto"), "migrations: is in no git repository, so git cannot tell what is new"),
        (("--since-commit", "HEAD"), "migrations: is in no git repository"),
    ],
)
def test_what_cannot_be(arguments: tuple[str, ...], message: str) -> None:
    plant({**BASE, "other.txt": "9999\n"})
    result = dblint("migrations", *arguments)
    assert (result.exit_code, message in result.stderr) == (2, True), result.stderr


def test_no_base_is_known() -> None:
    begin(".", BASE)
    git("branch", "--quiet", "-D", "main")
    result = dblint("migrations", "--new", "auto")
    assert (result.exit_code, "name the base with --base BRANCH" in result.stderr) == (2, True)
    for name in ("release", "-v"):
        assert dblint("migrations", "--base", name).exit_code == 2


def test_without_git(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(".", BASE)
    monkeypatch.setenv("PATH", str(here))
    result = dblint("migrations", "--new", "auto")
    assert (result.exit_code, "git is not installed" in result.stderr) == (2, True)


def test_git_is_not_asked_unless_it_must_be() -> None:
    begin(".", BASE)
    code = "import sys; from dblint.cli import cli; cli(['migrations', '-q', '--exit-zero'], standalone_mode=False)"
    modules = "print([m for m in ('dblint.revisions', 'dblint.edits', 'subprocess') if m in sys.modules])"
    path = os.pathsep.join(str(ROOT / each) for each in ("linter", "rules", "schemas"))
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {modules}"],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


# --- in CI ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, False),
        ({"GITHUB_BASE_REF": "main"}, False),
        ({"CI": "true"}, False),
        ({"CI": "true", "GITHUB_BASE_REF": ""}, False),
        ({"CI": "true", "GITHUB_BASE_REF": "main"}, True),
        ({"CI": "true", "CI_MERGE_REQUEST_DIFF_BASE_SHA": "1234"}, True),
        ({"TF_BUILD": "True", "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main"}, True),
    ],
)
def test_pull_requests_are_recognised(
    environment: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert presumed(environment) is expected
    begin(".", BASE)
    if environment.get("CI_MERGE_REQUEST_DIFF_BASE_SHA"):
        environment = {**environment, "CI_MERGE_REQUEST_DIFF_BASE_SHA": git("rev-parse", "main")}
    commit(NEW)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ((BLOCKS, "V2__b.sql") in found("migrations")) is not expected
    assert (BLOCKS, "V2__b.sql") in found("migrations", "--new", "all")
    assert found("migrations", "--since", "1") == [(BLOCKS, "V2__b.sql"), (BLOCKS, "V3__c.sql")]


def test_in_ci_without_a_repository_each_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(BASE)
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    assert found("migrations") == [(BLOCKS, "V2__b.sql")]


@pytest.fixture
def shallow(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What CI checks out of a pull request: its merge with the base, one commit deep, and no branch."""
    begin("origin", BASE)
    commit(NEW, at="origin")
    git("checkout", "--quiet", "main", at="origin")
    commit({"migrations/V2_5__theirs.sql": INDEX.replace("orders_customer", "theirs")}, at="origin")
    branch("merged", at="origin")
    git("merge", "--quiet", "--no-edit", "topic", at="origin")
    git("update-ref", "refs/pull/1/merge", "merged", at="origin")
    git("checkout", "--quiet", "main", at="origin")
    git("branch", "--quiet", "-D", "merged", at="origin")
    begin("clone", {})
    git("checkout", "--quiet", "--orphan", "none", at="clone")
    git("branch", "--quiet", "-D", "main", "topic", at="clone")
    git("remote", "add", "origin", (here / "origin").as_uri(), at="clone")
    git("fetch", "--quiet", "--depth=1", "--no-tags", "origin", "refs/pull/1/merge", at="clone")
    git("checkout", "--quiet", "--detach", "FETCH_HEAD", at="clone")
    monkeypatch.chdir(here / "clone")
    monkeypatch.setenv("CI", "true")
    monkeypatch.setenv("GITHUB_BASE_REF", "main")
    return here


def test_a_shallow_clone_is_deepened(shallow: Path) -> None:
    assert git("rev-list", "--count", "HEAD") == "1"
    assert found("migrations") == [(BLOCKS, "V3__c.sql")]
    assert found("migrations") == [(BLOCKS, "V3__c.sql")]


def test_a_shallow_clone_of_the_branch_itself(shallow: Path) -> None:
    git("fetch", "--quiet", "--depth=1", "origin", "topic")
    git("checkout", "--quiet", "--detach", "FETCH_HEAD")
    assert found("migrations") == [(BLOCKS, "V3__c.sql")]


def test_a_shallow_clone_that_cannot_be_deepened(shallow: Path) -> None:
    git("remote", "set-url", "origin", (shallow / "gone").as_uri())
    result = dblint("migrations")
    assert result.exit_code == 2
    assert "the base of the change is main, and it is not in this clone (" in result.stderr
    assert "fetch-depth: 0" in result.stderr
    git("remote", "remove", "origin")
    assert "there is no remote to fetch it from" in dblint("migrations").stderr


def test_a_whole_clone_that_lacks_the_base_stays_whole(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin("origin", BASE)
    commit(NEW, at="origin")
    git("clone", "--quiet", "--single-branch", "--branch=topic", (here / "origin").as_uri(), "clone")
    monkeypatch.chdir("clone")
    assert found("migrations", "--base", "main") == [(BLOCKS, "V3__c.sql")]
    assert git("rev-parse", "--is-shallow-repository") == "false"


def test_the_remote_branch_counts_and_not_an_old_copy(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begin("origin", {"migrations/V1__a.sql": ORDERS})
    git("checkout", "--quiet", "main", at="origin")
    git("clone", "--quiet", (here / "origin").as_uri(), "clone")
    commit({"migrations/V2__b.sql": INDEX}, at="origin")
    monkeypatch.chdir("clone")
    git("fetch", "--quiet")
    git("checkout", "--quiet", "-b", "mine", "origin/main")
    plant(NEW)
    for arguments in (("--new", "auto"), ("--base", "main")):
        assert found("migrations", *arguments) == [(BLOCKS, "V3__c.sql")]


# --- what became of older migrations ------------------------------------------------------------

UP, DOWN = "CREATE TABLE orders (id bigint);\n", "DROP TABLE orders;\n"
OTHER = "CREATE TABLE orders (id bigint, note text);\n"
COMMENTED = "-- Orders.\n\nCREATE TABLE orders\n(id bigint);\n"
CHANGESET = "--changeset a:1\nCREATE TABLE orders (id bigint);\n"
PLAN = "%project=p\n\norders 2024-01-01T00:00:00Z a <a@b.c>\n"
REWORKED = f"{PLAN}@v1 2024-01-02T00:00:00Z a <a@b.c>\norders [orders@v1] 2024-01-03T00:00:00Z a <a@b.c>\n"
REFUSES = "the deploy fails on databases that have run"
KEEPS = "keep what it did, and only new ones get what it says now"

EDITS: dict[str, tuple[dict[str, str | None], dict[str, str | None], list[str]]] = {
    "flyway edited": ({"V1__a.sql": UP}, {"V1__a.sql": OTHER}, [f"{REFUSES} V1__a.sql: its checksum has changed"]),
    "flyway commented": (
        {"V1__a.sql": UP},
        {"V1__a.sql": COMMENTED},
        [f"{REFUSES} V1__a.sql: comments and spaces change its checksum too"],
    ),
    "flyway line ends": ({"V1__a.sql": UP}, {"V1__a.sql": UP.replace("\n", "\r\n")}, []),
    "flyway renumbered": (
        {"V1__a.sql": UP, "V2__b.sql": ITEMS},
        {"V1__a.sql": None, "V3__a.sql": UP},
        [f"{REFUSES} V1__a.sql: it is V3__a.sql now"],
    ),
    "flyway described": (
        {"V1__a.sql": UP},
        {"V1__a.sql": None, "V1__orders.sql": UP},
        [f"{REFUSES} V1__a.sql: it is V1__orders.sql now"],
    ),
    "flyway renamed and edited": (
        {"V1__a.sql": UP},
        {"V1__a.sql": None, "V1__orders.sql": OTHER},
        [f"{REFUSES} V1__a.sql: its checksum has changed"],
    ),
    "flyway moved": ({"V1__a.sql": UP, "V2__b.sql": ITEMS}, {"V1__a.sql": None, "old/V1__a.sql": UP}, []),
    "flyway gone": (
        {"V1__a.sql": UP, "V2__b.sql": ITEMS},
        {"V1__a.sql": None},
        [f"{REFUSES} V1__a.sql: it is gone"],
    ),
    "flyway repeatable": (
        {"V1__a.sql": UP, "R__v.sql": "SELECT 1;\n", "R__w.sql": "SELECT 3;\n"},
        {"R__v.sql": "SELECT 2;\n", "R__w.sql": None},
        [],
    ),
    "flyway undo": ({"V1__a.sql": UP, "U1__a.sql": DOWN}, {"U1__a.sql": "SELECT 1;\n"}, []),
    "golang-migrate edited": (
        {"1_a.up.sql": UP, "1_a.down.sql": DOWN},
        {"1_a.up.sql": OTHER},
        [f"databases that have run 1_a.up.sql {KEEPS}"],
    ),
    "golang-migrate commented": ({"1_a.up.sql": UP, "1_a.down.sql": DOWN}, {"1_a.up.sql": COMMENTED}, []),
    "golang-migrate described": (
        {"1_a.up.sql": UP, "1_a.down.sql": DOWN},
        {"1_a.up.sql": None, "1_a.down.sql": None, "1_b.up.sql": UP, "1_b.down.sql": DOWN},
        [],
    ),
    "golang-migrate renumbered": (
        {"1_a.up.sql": UP, "1_a.down.sql": DOWN},
        {"1_a.up.sql": None, "1_a.down.sql": None, "2_a.up.sql": UP, "2_a.down.sql": DOWN},
        ["2_a.up.sql runs once more on databases that have run it as 1_a.up.sql"],
    ),
    "golang-migrate gone": (
        {"1_a.up.sql": UP, "1_a.down.sql": DOWN, "2_b.up.sql": ITEMS, "2_b.down.sql": "DROP TABLE items;\n"},
        {"1_a.up.sql": None, "1_a.down.sql": None},
        ["new databases lack what 1_a.up.sql did to the others: it is gone"],
    ),
    "goose down": (
        {"1_a.sql": f"-- +goose Up\n{UP}-- +goose Down\n{DOWN}"},
        {"1_a.sql": f"-- +goose Up\n{UP}-- +goose Down\nSELECT 1;\n"},
        [],
    ),
    "prisma edited": (
        {"migration_lock.toml": 'provider = "postgresql"\n', "20240101000000_a/migration.sql": UP},
        {"20240101000000_a/migration.sql": OTHER},
        [f"databases that have run 20240101000000_a/migration.sql {KEEPS}"],
    ),
    "liquibase appended": (
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}"},
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}\n--changeset a:2\n{ITEMS}"},
        [],
    ),
    "liquibase edited": (
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}"},
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET.replace('bigint', 'int')}\n--changeset a:2\n{ITEMS}"},
        [f"{REFUSES} a:1: its checksum has changed"],
    ),
    "liquibase changeset gone": (
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}--changeset a:2\n{ITEMS}--changeset a:3\nSELECT 1;\n"},
        {"c.sql": f"--liquibase formatted sql\n--changeset a:2\n{ITEMS}--changeset a:3\nSELECT 1;\n"},
        ["new databases lack what a:1 did to the others: it is gone"],
    ),
    "liquibase renamed": (
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}--changeset a:2\n{ITEMS}"},
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}--changeset b:2\n{ITEMS}"},
        ["b:2 runs once more on databases that have run it as a:2"],
    ),
    "liquibase inserted": (
        {"c.sql": f"--liquibase formatted sql\n{CHANGESET}"},
        {"c.sql": f"--liquibase formatted sql\n--changeset a:0\n{ITEMS}\n{CHANGESET}"},
        [],
    ),
    "sqitch reworked": (
        {"sqitch.plan": PLAN, "deploy/orders.sql": UP},
        {"sqitch.plan": REWORKED, "deploy/orders@v1.sql": UP, "deploy/orders.sql": "ALTER TABLE orders ADD n int;\n"},
        [],
    ),
    "sqitch edited": (
        {"sqitch.plan": PLAN, "deploy/orders.sql": UP},
        {"deploy/orders.sql": OTHER},
        [f"databases that have run orders.sql {KEEPS}"],
    ),
}


@pytest.mark.parametrize("case", EDITS)
def test_edits(case: str) -> None:
    before, after, expected = EDITS[case]
    begin(".", {f"db/{name}": text for name, text in before.items()})
    commit({f"db/{name}": text for name, text in after.items()})
    result = dblint("db", "--new", "auto", "--select", "edited-migration")
    findings = [each for each in json.loads(result.stdout)["findings"] if each["rule"] == "edited-migration"]
    assert [each["message"] for each in findings] == expected
    assert result.exit_code == (1 if expected else 0)
    assert [each["path"].startswith("db/") for each in findings] == [True] * len(expected)


def test_the_counts_of_edits() -> None:
    begin(".", {"db/c.sql": f"--liquibase formatted sql\n{CHANGESET}", "two/V1__a.sql": UP, "two/V2__b.sql": ITEMS})
    commit({"db/c.sql": f"--liquibase formatted sql\n{CHANGESET}--changeset a:2\n{ITEMS}"})
    assert "1 checked, 1 folded" in dblint("db", "--new", "auto").stderr
    commit({"two/V1__a.sql": COMMENTED})
    assert "no migration is new, 2 folded" in dblint("two", "--new", "auto").stderr
    commit({"two/V1__a.sql": OTHER})
    assert "1 checked, 1 folded" in dblint("two", "--new", "auto").stderr


def test_an_edit_is_pointed_at_and_can_be_allowed() -> None:
    begin(".", {"db/V1__a.sql": "-- One.\n\nSELECT 1;\nSELECT 2;\n"})
    commit({"db/V1__a.sql": "-- Ones.\n\nSELECT 1;\nSELECT 3;\n"})
    (finding,) = json.loads(dblint("db", "--new", "auto").stdout)["findings"]
    assert (finding["line"], finding["severity"]) == (4, "error")
    allow = "-- dblint: allow-file edited-migration: not deployed yet\n"
    commit({"db/V1__a.sql": f"{allow}\nSELECT 1;\nSELECT 3;\n"})
    assert found("db", "--new", "auto") == []


def test_the_new_text_is_checked_and_its_tables_are_its_own() -> None:
    begin(".", {"db/V1__a.sql": ORDERS, "db/V2__b.sql": ITEMS})
    commit({"db/V2__b.sql": f"{ITEMS}CREATE INDEX i ON items (id);\n{INDEX}"})
    assert found("db", "--new", "auto") == [(BLOCKS, "V2__b.sql"), ("edited-migration", "V2__b.sql")]


def test_an_edit_does_not_make_old_tables_new() -> None:
    begin(".", {"db/V1__a.sql": ORDERS})
    commit({"db/V1__a.sql": ORDERS.replace("bigint)", "int)"), "db/V2__b.sql": INDEX})
    assert found("db", "--new", "auto") == [(BLOCKS, "V2__b.sql"), ("edited-migration", "V1__a.sql")]


def test_a_file_that_could_not_be_read_before() -> None:
    begin(".", {"db/V1__a.sql": UP})
    Path("db/V1__a.sql").write_bytes(b"SELECT '\xff';\n")
    commit({})
    git("branch", "--quiet", "--force", "main")
    commit({"db/V1__a.sql": "SELECT 'y';\n"})
    assert found("db", "--new", "auto") == [("edited-migration", "V1__a.sql")]


# --- what the base branch got meanwhile ---------------------------------------------------------


def meanwhile(files: Mapping[str, str | None]) -> None:
    git("checkout", "--quiet", "main")
    commit(files)
    git("checkout", "--quiet", "topic")


def test_a_version_that_the_base_took_meanwhile() -> None:
    begin(".", {"db/V1__a.sql": UP})
    commit({"db/V2__mine.sql": "SELECT 1;\n"})
    meanwhile({"db/V2__theirs.sql": "SELECT 2;\n"})
    assert found("db", "--new", "auto") == [("duplicate-version", "V2__mine.sql")]
    assert said("db", "--new", "auto") == [
        "the deploy fails, or one file never runs: V2__theirs.sql on main is version 2 too"
    ]


def test_a_later_version_that_the_base_got_meanwhile() -> None:
    begin(".", {"db/V1__a.sql": UP})
    commit({"db/V2__mine.sql": "SELECT 1;\n"})
    meanwhile({"db/V3__theirs.sql": "SELECT 2;\n"})
    assert found("db", "--new", "auto") == [("out-of-order-version", "V2__mine.sql")]
    meanwhile({"db/V3__theirs.sql": None, "db/V1_5__theirs.sql": "SELECT 2;\n"})
    assert found("db", "--new", "auto") == []


def test_what_the_base_did_to_its_own_is_no_edit_here() -> None:
    begin(".", {"db/V1__a.sql": UP, "db/V2__b.sql": ITEMS})
    commit({"db/V3__mine.sql": "SELECT 1;\n"})
    meanwhile({"db/V1__a.sql": OTHER, "db/V2__b.sql": None})
    assert found("db", "--new", "auto") == []


def test_what_the_base_took_over_is_not_new() -> None:
    begin(".", BASE)
    commit(NEW)
    meanwhile(NEW)
    assert "no migration is new, 3 folded" in dblint("migrations", "--new", "auto").stderr
    assert found("migrations", "--new", "auto") == []


# --- prices too ---------------------------------------------------------------------------------


def test_impact_of_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    begin(".", BASE)
    commit(NEW)
    run: Callable[..., Result] = CliRunner().invoke
    result = run(cli, ["impact", "migrations", "--new", "auto", "--format", "json"], prog_name="dblint")
    assert [each["path"] for each in json.loads(result.stdout)["statements"]] == ["migrations/V3__c.sql"]
