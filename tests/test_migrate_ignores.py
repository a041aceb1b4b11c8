"""Other linters' comments: which are recognised, what becomes of them, and that dblint then says what it should."""

import subprocess
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint.packs import load_rules
from dblint.pages import page_of
from dblint.peers.comments import FORMS, foreign_comments
from dblint.peers.translate import concepts_of
from dblint.source import Source

TABLES = "CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);\n"
SELECT = "column-drop,blocking-index-build,rewriting-type-change,not-null-scan,gate"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    Path("migrations").mkdir()
    Path("migrations/V1__tables.sql").write_text(TABLES)
    Path("dblint.toml").write_text(f"select = {SELECT.split(',')}\n")
    return tmp_path


def dblint(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


def translated(text: str) -> tuple[str, list[str]]:
    """What --write makes of a migration, and what standard error says of its lines."""
    file = Path("migrations/V2__change.sql")
    file.write_bytes(text.encode())
    result = dblint("migrate-ignores", "migrations", "--write")
    assert result.exit_code == 0, result.output
    said = [line.removeprefix("dblint: ") for line in result.stderr.splitlines()]
    return file.read_bytes().decode(), [line for line in said if line.startswith("migrations/V2__change.sql:")]


DROP = "ALTER TABLE orders DROP COLUMN note;"
BOTH = "blocking-index-build, column-drop"
INDEX = "CREATE INDEX a ON orders (total);"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"-- squawk-ignore ban-drop-column\n{DROP}\n", f"-- dblint: allow column-drop: {{}}\n{DROP}\n"),
        (
            f"--squawk-ignore ban-drop-column, renaming-column\n{DROP}\n",
            f"-- dblint: allow column-drop: {{}}\n{DROP}\n",
        ),
        (f"SELECT 1;\n-- squawk-ignore\n{DROP}", f"SELECT 1;\n-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- squawk-ignore-file\n\n{DROP}{INDEX}", f"-- dblint: allow-file {BOTH}: {{}}\n\n{DROP}{INDEX}"),
        (f"-- squawk-ignore-file ban-drop-column\n{DROP}", f"-- dblint: allow-file column-drop: {{}}\n{DROP}"),
        (f"{DROP} -- noqa", f"{DROP} -- dblint: allow column-drop: {{}}"),
        (f"-- noqa: US001, TP017\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- noqa: drop-column\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- pgrubic: noqa: us016\n{INDEX}", f"-- dblint: allow-file blocking-index-build: {{}}\n{INDEX}"),
        (f"{INDEX}  -- noqa: PG01", f"{INDEX}  -- dblint: allow blocking-index-build: {{}}"),
        (f"-- atlas:nolint\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"/*atlas:nolint DS103*/ {DROP}", f"/* dblint: allow column-drop: {{}} */ {DROP}"),
        (f"-- atlas:nolint destructive naming\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- atlas:nolint\n\n{INDEX}{DROP}", f"-- dblint: allow-file {BOTH}: {{}}\n\n{INDEX}{DROP}"),
        (f"-- pgt-ignore lint/safety/banDropColumn\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- pgls-ignore-all banDropColumn\n{DROP}", f"-- dblint: allow-file column-drop: {{}}\n{DROP}"),
        (f"-- eugene: ignore E6, E9\n{INDEX}", f"-- dblint: allow blocking-index-build: {{}}\n{INDEX}"),
        (f"-- safety_assured\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (f"-- strong_migrations: safety_assured\n{DROP}", f"-- dblint: allow column-drop: {{}}\n{DROP}"),
        (
            f"-- safety-assured:start\n{DROP}\n  {INDEX}\n-- safety-assured:end\nSELECT 1;",
            f"-- dblint: allow column-drop: {{}}\n{DROP}\n"
            f"  -- dblint: allow blocking-index-build: {{}}\n  {INDEX}\nSELECT 1;",
        ),
        (
            f"-- safety-assured:start\nSELECT 1; {DROP}\n-- safety-assured:end",
            f"SELECT 1; \n-- dblint: allow column-drop: {{}}\n{DROP}\n",
        ),
        (
            f"-- noqa: disable=PG01\n{DROP}\n{INDEX}\n-- noqa: enable=all\n",
            f"{DROP}\n-- dblint: allow blocking-index-build: {{}}\n{INDEX}\n",
        ),
        (
            f"-- pgls-ignore-start lint/safety/banDropColumn\r\nSELECT 1;\r\n{DROP}\r\n",
            f"SELECT 1;\r\n-- dblint: allow column-drop: {{}}\r\n{DROP}\r\n",
        ),
        (
            "ALTER TABLE orders\n  DROP COLUMN note, -- noqa\n  ALTER total TYPE bigint; -- noqa",
            "ALTER TABLE orders\n  DROP COLUMN note, -- dblint: allow column-drop: {}\n"
            "  ALTER total TYPE bigint; -- dblint: allow rewriting-type-change: {}",
        ),
    ],
)
def test_translations(before: str, after: str) -> None:
    """What is allowed is no longer found, is all used, and there is nothing left to translate."""
    found, _ = foreign_comments(Source("a", before))
    reasons = [f"formerly {each.words}" for each in found if each.reach != "end"]
    text, _ = translated(before)
    wanted = after
    for number in range(after.count("{}")):
        wanted = wanted.replace("{}", reasons[min(number, len(reasons) - 1)], 1)
    assert text == wanted
    unallowed = dblint("migrations", "--select", "column-drop,rewriting-type-change,gate").stdout
    assert "column-drop" not in after or "column-drop" not in unallowed
    assert "allowance" not in unallowed
    assert translated(text) == (text, [])


def test_nothing_is_reported_any_more() -> None:
    translated(f"-- squawk-ignore ban-drop-column\n{DROP}\n{INDEX} -- noqa\n")
    result = dblint("migrations")
    assert result.exit_code == 0
    assert "2 allowed by comments" in result.stdout


@pytest.mark.parametrize(
    ("comment", "reason"),
    [
        ("-- squawk-ignore ban-drop-column -- nobody reads it", "nobody reads it"),
        ("-- squawk-ignore ban-drop-column, ban-char-field: it: is dead", "it: is dead"),
        ("-- pgt-ignore lint/safety/banDropColumn: since release 12", "since release 12"),
        ("-- noqa: US001 since release 12", "since release 12"),
        ("-- safety_assured since release 12", "since release 12"),
    ],
)
def test_reasons_are_kept(comment: str, reason: str) -> None:
    assert translated(f"{comment}\n{DROP}")[0].startswith(f"-- dblint: allow column-drop: {reason}\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"-- squawk-ignore prefer-text-field\n{DROP}", "prefer-text-field of squawk: dblint has no rule about it"),
        (f"-- squawk-ignore ban-everything\n{DROP}", "ban-everything: no rule of squawk that dblint knows of"),
        (f"-- noqa: LT01\n{DROP}", "LT01: no rule of pgrubic or sqlfluff that dblint knows of"),
        (
            "-- squawk-ignore ban-drop-column\nSELECT 1;",
            "ban-drop-column of squawk: dblint finds nothing there (column-drop)",
        ),
        (
            "-- safety-assured:start\nSELECT 1;\n-- safety-assured:end",
            "safety-assured:start: dblint finds nothing there",
        ),
        (f"-- see squawk-ignore below\n{DROP}", "mentions another tool's word, but does not begin with it"),
    ],
)
def test_what_stays_is_told(text: str, said: str) -> None:
    assert translated(text) == (text, [f"migrations/V2__change.sql:1: {said}"])


def test_strings_are_no_comments() -> None:
    text = f"SELECT '-- squawk-ignore ban-drop-column';\n{DROP}"
    assert translated(text) == (text, [])


def test_a_patch_is_printed_unless_files_are_to_be_written(here: Path) -> None:
    file = Path("migrations/V2__é.sql")
    before = f"\ufeff-- squawk-ignore ban-drop-column\r\n{DROP}\r\n".encode()
    file.write_bytes(before)
    result = dblint("migrate-ignores", "migrations")
    assert file.read_bytes() == before
    assert "1 comment to be translated in 1 file" in result.stderr
    assert "flyway keeps checksums" in result.stderr
    (here / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "apply", "-"], input=result.stdout_bytes, check=True)
    applied = file.read_bytes()
    assert applied.startswith("\ufeff-- dblint: allow column-drop: formerly squawk-ignore ban-drop-column\r\n".encode())
    file.write_bytes(before)
    dblint("migrate-ignores", "migrations", "--write")
    assert file.read_bytes() == applied


def test_a_patch_from_a_folder_below_the_root(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / ".git").rmdir()
    subprocess.run(["git", "init", "-q"], check=True)
    file = here / "migrations" / "V2__change.sql"
    file.write_text(f"-- squawk-ignore ban-drop-column\n{DROP}\n")
    monkeypatch.chdir("migrations")
    result = dblint("migrate-ignores", ".")
    subprocess.run(["git", "apply", "-"], input=result.stdout_bytes, check=True)
    assert file.read_text().startswith("-- dblint: allow column-drop")


def test_encodings_are_kept() -> None:
    file = Path("migrations/V2__change.sql")
    file.write_bytes(f"-- squawk-ignore ban-drop-column\n{DROP}".encode("utf-16"))
    dblint("migrate-ignores", "migrations", "--write")
    assert file.read_bytes().decode("utf-16").startswith("-- dblint: allow column-drop")


def test_what_cannot_be() -> None:
    assert dblint("migrate-ignores", "migrations", "--write", "--diff").exit_code == 2
    assert "not in standard input" in dblint("migrate-ignores", "-").stderr
    assert dblint("migrate-ignores", "nowhere").exit_code == 2


# --- the table ---


def test_every_tool_that_names_rules_has_them() -> None:
    tables = tomllib.loads(files("dblint.peers").joinpath("rules.toml").read_text(encoding="utf-8"))
    assert {tool for form in FORMS if form.names for tool in form.tool.split(" or ")} == tables.keys()
    for tool, table in tables.items():
        for names, concepts in table.items():
            assert concepts, f"{tool}: {names}"
            assert all(concepts_of(tool, name) == tuple(concepts) for name in names.split())


def test_pages_speak_the_same_words() -> None:
    """Most concepts that a page covers are what some of these tools look for, spelled the same."""
    tables = tomllib.loads(files("dblint.peers").joinpath("rules.toml").read_text(encoding="utf-8"))
    known = {concept for table in tables.values() for concepts in table.values() for concept in concepts}
    covered = {concept for rule in load_rules().values() for concept in page_of(rule).covers}
    assert len(known & covered) > 60
