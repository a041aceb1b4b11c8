"""The command line: what it prints where, its exit codes, and what it does about mistakes and signals."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import COMMANDS, check, cli
from dblint.packs import load_rules
from dblint.rule import Severity

ROOT = Path(__file__).parent.parent
RULE = "blocking-index-build"
TABLE = "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);\n"
INDEX = "CREATE INDEX orders_customer ON orders (customer_id);\n"
MESSAGE = "writes to orders wait until the index is built"

Invoke = Callable[..., Result]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "V1__orders.sql").write_text(TABLE)
    (tmp_path / "migrations" / "V2__index.sql").write_text(INDEX)
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def dblint(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(cli, args, input=text, prog_name="dblint")


def only(*more: str) -> tuple[str, ...]:
    return ("check", "migrations", "--select", RULE, *more)


def process(*args: str) -> "subprocess.Popen[str]":
    path = os.pathsep.join(str(ROOT / each) for each in ("linter", "rules", "schemas"))
    return subprocess.Popen(
        [sys.executable, "-m", "dblint", *args],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


# --- check ------------------------------------------------------------------------------------


def test_findings_are_on_stdout_and_notes_on_stderr(here: Path) -> None:
    result = dblint(*only())
    assert result.exit_code == 1
    assert MESSAGE in result.stdout
    assert "migrations/V2__index.sql" in result.stdout
    assert result.stderr.startswith("dblint: migrations: flyway, 2 migrations, PostgreSQL 14, ")
    assert dblint(*only("--quiet")).stderr == ""


def test_check_is_the_default(here: Path) -> None:
    assert dblint("migrations", "--select", RULE).stdout.count(MESSAGE) == 1
    assert dblint("--select", RULE, "-q", "migrations").exit_code == 1


def test_clean(here: Path) -> None:
    result = dblint("check", "migrations/V1__orders.sql", "--select", RULE)
    assert (result.exit_code, MESSAGE in result.stdout) == (0, False)


def test_standard_input(here: Path) -> None:
    result = dblint("-", "--select", RULE, text=INDEX)
    assert (result.exit_code, MESSAGE in result.stdout, "<stdin>" in result.stdout) == (1, True, True)


def test_new_and_since(here: Path) -> None:
    (here / "migrations" / "V3__index.sql").write_text(INDEX.replace("orders_customer", "again"))
    assert dblint(*only("--format", "concise")).stdout.count(MESSAGE) == 2
    for change in (("--new", "migrations/V3__index.sql"), ("--since", "2")):
        result = dblint(*only("--format", "concise", *change))
        assert [line.partition(":")[0] for line in result.stdout.splitlines() if MESSAGE in line] == [
            "migrations/V3__index.sql"
        ]
    result = dblint(*only("--new", "elsewhere.sql"))
    assert (result.exit_code, "elsewhere.sql" in result.stderr) == (2, True)


def test_each_of_several_files_is_checked_once(here: Path) -> None:
    files = ("migrations/V2__index.sql", "migrations/V1__orders.sql", "./migrations/V2__index.sql")
    assert dblint(*files, "--select", RULE, "--format", "concise").stdout.count(MESSAGE) == 1
    assert dblint(*files[:2], "--select", RULE).stderr.count("1 migration,") == 2


def test_exit_codes(here: Path) -> None:
    assert dblint(*only("--fail-on", "never")).exit_code == 0
    assert dblint(*only("--exit-zero")).exit_code == 0
    (here / "dblint.toml").write_text(f'[severity]\n{RULE} = "warning"\n')
    assert dblint(*only()).exit_code == 0
    assert dblint(*only("--fail-on", "warning")).exit_code == 1
    (here / "dblint.toml").write_text(f'fail-on = "info"\n[severity]\n{RULE} = "info"\n')
    assert dblint(*only()).exit_code == 1


def test_select_and_ignore(here: Path) -> None:
    assert MESSAGE not in dblint("migrations", "--ignore", f" {RULE},").stdout
    assert MESSAGE not in dblint(*only("--ignore", RULE)).stdout
    (here / "dblint.toml").write_text(f'ignore = ["{RULE}"]\n')
    assert MESSAGE not in dblint("migrations").stdout
    assert MESSAGE in dblint(*only()).stdout
    result = dblint("migrations", "--select", "blocking-index-bild")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--select: no rule or family is called 'blocking-index-bild'; did you mean '{RULE}'?" in result.stderr


def test_statistics(here: Path) -> None:
    assert f"     1  error    {RULE}\n" in dblint(*only("--statistics")).stdout
    result = dblint(*only("--statistics", "--format", "json"))
    assert f"     1  error    {RULE}\n" in result.stderr
    json.loads(result.stdout)


# --- reports ----------------------------------------------------------------------------------


def test_formats_go_to_stdout_and_files(here: Path) -> None:
    result = dblint(*only("--format", "json", "--format", "concise=short.txt", "--format", "sarif=out.sarif"))
    assert result.exit_code == 1
    finding = json.loads(result.stdout)["findings"][0]
    assert (finding["rule"], bool(finding["covers"]), bool(finding["instead"])) == (RULE, True, True)
    assert MESSAGE in (here / "short.txt").read_text()
    assert json.loads((here / "out.sarif").read_text())["version"] == "2.1.0"
    assert sorted(each.name for each in here.iterdir()) == [".git", "migrations", "out.sarif", "short.txt"]


def test_text_is_still_printed_beside_files(here: Path) -> None:
    assert MESSAGE in dblint(*only("--format", "json=out.json")).stdout


def test_dash_is_stdout(here: Path) -> None:
    json.loads(dblint(*only("--format", "json=-")).stdout)


@pytest.mark.parametrize(
    ("formats", "message"),
    [
        (
            ("jsno",),
            "'jsno' is not one of text, concise, json, sarif, github, gitlab, junit, markdown, rdjson; "
            "did you mean 'json'?",
        ),
        (("json=",), "'json=' names no file"),
        (("json", "text"), "only one can go to standard output; write the others as FORMAT=FILE"),
        (("json=no/such/folder.json",), "no/such/folder.json: cannot be written: no such file or directory"),
        (("json=migrations",), "migrations: cannot be written: it is a folder"),
        (("json=old.json",), "old.json: cannot be written: it is read-only"),
    ],
)
def test_formats_that_cannot_be(here: Path, formats: tuple[str, ...], message: str) -> None:
    (here / "old.json").write_text("old")
    (here / "old.json").chmod(0o444)
    result = dblint(*only(*(word for each in formats for word in ("--format", each))))
    assert result.exit_code == 2
    assert message in result.stderr
    assert (here / "old.json").read_text() == "old"


def test_a_file_keeps_its_mode_and_its_link(here: Path) -> None:
    (here / "real.json").write_text("old")
    (here / "real.json").chmod(0o640)
    (here / "link.json").symlink_to("real.json")
    dblint(*only("--format", "json=link.json"))
    assert (here / "link.json").is_symlink()
    assert (here / "real.json").stat().st_mode & 0o777 == 0o640
    assert json.loads((here / "real.json").read_text())


def test_devices_can_be_written(here: Path) -> None:
    assert dblint(*only("--format", f"json={os.devnull}")).exit_code == 1


def test_colour(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def coloured(*args: str) -> bool:
        return "\x1b[" in CliRunner().invoke(cli, only(*args), color=True).stdout

    assert not coloured()
    assert coloured("--color", "always")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert coloured()
    assert not coloured("--color", "never")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not coloured()


# --- configuration ----------------------------------------------------------------------------


def test_options_win_over_the_file(here: Path) -> None:
    (here / "dblint.toml").write_text('postgres = "15"\ntransaction = "none"\n')
    assert "PostgreSQL 15, no transaction" in dblint(*only()).stderr
    assert (
        "PostgreSQL 17, a transaction per migration"
        in dblint(*only("--postgres", "17", "--transaction", "file")).stderr
    )
    (here / "other.toml").write_text('postgres = "16"\n')
    assert "PostgreSQL 16" in dblint(*only("--config", "other.toml")).stderr


def test_a_mistake_in_the_file(here: Path) -> None:
    (here / "dblint.toml").write_text('\nlayout = "flywya"\n')
    result = dblint(*only())
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "dblint: error: dblint.toml:2: no layout is called 'flywya'; did you mean 'flyway'?\n"


def test_roots(here: Path) -> None:
    for name in ("one", "two", "three"):
        (here / name).mkdir()
        (here / name / "V1__a.sql").write_text(INDEX)
    (here / "dblint.toml").write_text(
        '[[roots]]\npath = "one"\npostgres = "15"\n[[roots]]\npath = "two"\nfail-on = "never"\n'
    )
    for paths in ((), (".",)):
        result = dblint("check", *paths, "--select", RULE)
        assert [line.split(",")[0] for line in result.stderr.splitlines()] == [
            "dblint: one: flyway",
            "dblint: two: flyway",
        ]
        assert "PostgreSQL 15" in result.stderr
        assert result.exit_code == 1
    assert dblint("two", "--select", RULE).exit_code == 0


def test_paths_with_configurations_of_their_own(here: Path) -> None:
    for name, version in (("one", "15"), ("two", "16")):
        (here / name).mkdir()
        (here / name / "V1__a.sql").write_text(TABLE)
        (here / name / "dblint.toml").write_text(f'postgres = "{version}"\n')
    lines = dblint("one", "two", "migrations", "--select", RULE).stderr.splitlines()
    assert ["PostgreSQL 15" in lines[0], "PostgreSQL 16" in lines[1], "PostgreSQL 14" in lines[2]] == [True] * 3


def test_config_shows_what_is_in_force(here: Path) -> None:
    (here / "dblint.toml").write_text(
        'postgres = "15"\n[naming]\ntable = "snake_case"\n[severity]\navailability = "info"\n'
    )
    result = dblint("config", "migrations", "--transaction", "none")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines[0] == "# dblint.toml"
    assert 'postgres = "15" # dblint.toml:1' in lines
    assert 'naming.table = "snake_case" # dblint.toml:3' in lines
    assert 'transaction = "none" # --transaction' in lines
    assert 'fail-on = "error" # default' in lines
    assert f"# {RULE}: info" in lines
    assert "# migrations: flyway, 2 migrations" in lines
    assert dblint("config", ".git").exit_code == 0


# --- the other commands -----------------------------------------------------------------------


def test_help_teaches() -> None:
    for args in (("--help",), *((name, "-h") for name in COMMANDS)):
        result = dblint(*args)
        assert (result.exit_code, "dblint " in result.stdout) == (0, True)
    assert dblint().exit_code == 2


def test_version() -> None:
    assert dblint("--version").stdout.startswith("dblint ")


def test_rules() -> None:
    assert f"  {RULE} " in dblint("rules").stdout
    documents = json.loads(dblint("rules", "--format", "json").stdout)
    assert {each["name"] for each in documents} == set(load_rules())
    one = next(each for each in documents if each["name"] == RULE)
    assert (one["family"], one["severity"], one["preset"]) == ("availability", "error", "recommended")
    assert one["summary"] and one["instead"] and one["covers"]


def test_explain() -> None:
    result = dblint("explain", RULE)
    assert result.stdout.startswith(
        f"# {RULE}\n\navailability · error · recommended · check: zero-downtime-compliance\n"
    )
    assert "## When it is fine" in result.stdout
    result = dblint("explain", "blocking-index-buil")
    assert result.exit_code == 2
    assert result.stderr == f"dblint: error: no rule is called 'blocking-index-buil'; did you mean '{RULE}'?\n"
    assert "is the family of " in dblint("explain", "availability").stderr


def test_schema(here: Path) -> None:
    result = dblint("schema", "migrations")
    assert result.exit_code == 0
    assert "CREATE TABLE" in result.stdout and "orders_customer" in result.stdout
    assert json.loads(dblint("schema", "migrations", "--format", "json").stdout)["tables"][0]["name"] == "orders"
    assert dblint("schema", "migrations", "--format", "mermaid").stdout.startswith("erDiagram\n")
    (here / "migrations" / "deeper").mkdir()
    (here / "migrations" / "deeper" / "1_a.up.sql").write_text(TABLE)
    assert dblint("schema", "migrations").exit_code == 0
    (here / "more").mkdir()
    (here / "more" / "V1__a.sql").write_text(TABLE)
    result = dblint("schema", "migrations", "more")
    assert (result.exit_code, "choose one of migrations, more" in result.stderr) == (2, True)


def test_impact(here: Path) -> None:
    (here / "dblint.toml").write_text(f'select = ["{RULE}"]\n')
    result = dblint("impact", "migrations", "--since", "1")
    assert result.exit_code == 0
    assert "SHARE" in result.stdout and "V2__index.sql" in result.stdout
    assert "V1__orders.sql" not in result.stdout
    json.loads(dblint("impact", "migrations", "--format", "json").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    result = dblint("completion", shell)
    assert (result.exit_code, "_DBLINT_COMPLETE" in result.stdout) == (0, True)


def test_rules_are_completed() -> None:
    environment = {"_DBLINT_COMPLETE": "bash_complete", "COMP_WORDS": "dblint explain blocking-ind", "COMP_CWORD": "2"}
    assert RULE in CliRunner().invoke(cli, [], env=environment, prog_name="dblint").stdout


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("dblint in", "plain,init"),
        ("dblint migrate-ignores --wr", "plain,--write"),
        ("dblint init --work", "plain,--workflow"),
        ("dblint check mig", "file,mig"),  # the shell finds the files
        ("dblint migrate-ignores mig", "file,mig"),
    ],
)
def test_commands_options_and_paths_are_completed(here: Path, words: str, found: str) -> None:
    Path(words.split()[1]).mkdir(exist_ok=True)
    count = str(len(words.split()) - 1)
    environment = {"_DBLINT_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": count}
    assert found in CliRunner().invoke(cli, [], env=environment, prog_name="dblint").stdout.splitlines()


# --- mistakes and accidents -------------------------------------------------------------------


def test_paths_that_are_not_there(here: Path) -> None:
    result = dblint("explian", RULE)
    assert result.exit_code == 2
    assert result.stderr == "dblint: error: explian: no such file or folder; did you mean 'explain'?\n"
    (here / "empty").mkdir()
    assert dblint("empty").exit_code == 2
    assert dblint("check").exit_code == 2


def test_a_folder_called_like_a_command(here: Path) -> None:
    (here / "schema").mkdir()
    result = dblint("schema")
    assert (result.exit_code, "dblint check schema" in result.stderr) == (2, True)


def test_a_rule_that_raises(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(operation: object, before: object) -> list[object]:
        raise ZeroDivisionError("by nought")

    rule = load_rules()[RULE]
    for kind in rule.checks:
        monkeypatch.setitem(rule.checks, kind, crash)
    result = dblint(*only("--quiet"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"dblint: internal error: rule {RULE} failed at migrations/V2__index.sql:1: "
        "ZeroDivisionError: by nought (--traceback shows where)\n"
    )
    assert "in crash" in dblint(*only("--traceback")).stderr


def test_a_reader_that_stops(here: Path) -> None:
    with process("rules", "--format", "json") as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 141


def test_interrupt(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dblint.cli.check.run", lambda *args, **more: signal.raise_signal(signal.SIGINT))
    # Shells start what runs in the background with this signal ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = dblint(*only())
    finally:
        signal.signal(signal.SIGINT, before)
    assert (result.exit_code, result.output) == (130, "")


def test_long_runs_say_what_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    def said(patience: float, *, quiet: bool = False) -> str:
        monkeypatch.setattr(check, "PATIENCE", patience)
        monkeypatch.setattr(sys, "stderr", terminal := Terminal())
        with check._progress(quiet) as progress:
            progress("first")
            deadline = time.monotonic() + 20
            while patience == 0 and not quiet and not terminal.getvalue() and time.monotonic() < deadline:
                time.sleep(0.01)
            progress("second")
        return terminal.getvalue()

    assert said(0) == "dblint: working on first …\ndblint: working on second …\n"
    assert said(3600) == said(0, quiet=True) == ""


def test_what_is_imported(here: Path) -> None:
    """Slow libraries stay out of the runs that need nothing of them."""
    heavy = {"sqlglot", "jsonschema", "sarif_om", "yaml", "tomllib", "importlib.metadata"}
    program = (
        "import sys; from dblint.cli import cli\ntry: cli(sys.argv[1:])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    path = os.pathsep.join(str(ROOT / each) for each in ("linter", "rules", "schemas"))
    for args, allowed in ((only("-q"), set[str]()), (("--version",), {"importlib.metadata"})):
        done = subprocess.run(
            [sys.executable, "-c", program, *args],
            env={**os.environ, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (heavy - allowed).isdisjoint(done.stderr.split())


def test_severities_have_the_names_of_the_configuration() -> None:
    assert [str(severity) for severity in Severity] == ["info", "warning", "error"]


def test_a_database_that_is_not_read_stops_only_what_is_its_own(here: Path) -> None:
    for database in ("postgres", "sqlite"):
        (here / "stores" / database).mkdir(parents=True)
        (here / "stores" / database / "V1__orders.sql").write_text(TABLE)
    result = dblint("stores")
    assert result.exit_code == 0
    assert "stores/postgres: " in result.stderr
    assert "stores/sqlite: NOT CHECKED, as SQLite is not read" in result.stderr
    result = dblint("stores/sqlite")
    assert result.exit_code == 2
    assert "SQLite is not read: dblint reads PostgreSQL and SQL Server" in result.stderr
