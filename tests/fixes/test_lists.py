"""New migrations where the runner goes by a list of its own: patch, files and reports have the list's entries too."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli
from dblint.migrations.atlas_sum import atlas_sum
from tests.fixes.test_next_step import MANIFEST, PLAN

OPEN = "".join(
    f"CREATE TABLE {name} (id bigint PRIMARY KEY);\nCREATE POLICY own ON {name} USING (id > 0);\n" for name in "tu"
)
"""Two tables, each of which wants a further migration."""
RULES = "row-security-off,orphan-file,out-of-order-version,duplicate-version,misnamed-file,edited-migration"
WANTED = ("enable_row_level_security_of_t", "enable_row_level_security_of_u")


def _journal(*tags: str) -> str:
    entries = [
        {"idx": at, "version": "7", "when": 1700000000000 + at, "tag": tag, "breakpoints": True}
        for at, tag in enumerate(tags)
    ]
    return json.dumps({"version": "7", "dialect": "postgresql", "entries": entries}, indent=2)


def _changesets(*titles: str) -> str:
    return "".join(
        f"\n--changeset ada:{at}\nALTER TABLE {title[-1]} ENABLE ROW LEVEL SECURITY;\n"
        for at, title in enumerate(titles, 2)
    )


DRIZZLE = {"0000_a.sql": OPEN, "meta/_journal.json": _journal("0000_a")}
SQITCH = {"sqitch.plan": PLAN, "deploy/a.sql": OPEN}
LIQUIBASE = {"a.sql": f"--liquibase formatted sql\n\n--changeset ada:1\n{OPEN}"}
MANIFESTS = {
    "v1.9/a_thing.sql": OPEN,
    "v1.9/manifest.json": MANIFEST,
    "v1.8/manifest.json": MANIFEST.replace("1.9", "1.8").replace("a_thing", "old"),
    "v1.8/old.sql": "SELECT 1;\n",
}
ATLAS = {"1_a.sql": OPEN, "atlas.sum": atlas_sum({"1_a.sql": OPEN.encode()})}

LAYOUTS: dict[str, tuple[dict[str, str], str, Callable[[dict[str, str]], str]]] = {
    "drizzle": (DRIZZLE, "meta/_journal.json", lambda _: _journal("0000_a", *(f"000{n}_{t}" for n, t in _numbered()))),
    "sqitch": (
        SQITCH,
        "sqitch.plan",
        lambda _: (
            PLAN
            + "".join(
                f"{title} 2024-02-29T00:00:0{at}Z Ada L <ada@l.org> # {title.replace('_', ' ').capitalize()}\n"
                for at, title in enumerate(WANTED)
            )
        ),
    ),
    "liquibase": (LIQUIBASE, "a.sql", lambda _: LIQUIBASE["a.sql"] + _changesets(*WANTED)),
    "versioned-folders": (MANIFESTS, "v1.9/manifest.json", lambda _: MANIFEST),
    "atlas": (
        ATLAS,
        "atlas.sum",
        lambda files: atlas_sum({name: text.encode() for name, text in files.items() if name.endswith(".sql")}),
    ),
}
"""By layout: a history's files, one with a list of migrations, and what that is to be, given all files afterwards."""


def _numbered() -> list[tuple[int, str]]:
    return list(enumerate(WANTED, 1))


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        file = Path("m", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def read() -> dict[str, str]:
    return {
        file.relative_to("m").as_posix(): file.read_text() for file in sorted(Path("m").rglob("*")) if file.is_file()
    }


def dblint(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", "m", "--select", RULES, *arguments], catch_exceptions=False)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("command", [("git", "apply"), ("patch", "-s", "-p1", "-i")])
def test_patch_and_fix_make_the_same_files_and_list(layout: str, command: tuple[str, ...]) -> None:
    files, listing, wanted = LAYOUTS[layout]
    write(files)
    assert dblint("--format", "concise").stdout.count("row-security-off") == 2
    dblint("--patch", "p", "--unsafe-fixes")
    subprocess.run([*command, "p"], check=True)
    patched = read()
    assert patched[listing] == wanted(patched)
    assert {name: patched[name] for name in files if name != listing} == {
        name: text for name, text in files.items() if name != listing
    }
    subprocess.run(["rm", "-r", "m"], check=True)
    write(files)
    assert dblint("--fix", "--unsafe-fixes").exit_code == 0
    assert read() == patched
    again = dblint("--diff", "--unsafe-fixes")
    assert (again.stdout, again.exit_code) == ("", 0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_what_is_added_is_new_and_what_was_there_is_not_edited(layout: str) -> None:
    files, _, _ = LAYOUTS[layout]
    write(files)
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.c")
    for command in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "a"), ("checkout", "-qb", "b")):
        subprocess.run([*git, *command], check=True)
    dblint("--fix", "--unsafe-fixes")
    done = dblint("--new", "auto", "--base", "main")
    assert done.exit_code == 0
    assert "2 checked" in done.stderr


@pytest.mark.parametrize("layout", [each for each in LAYOUTS if each != "versioned-folders"])
def test_nothing_is_written_where_the_list_has_changed_meanwhile(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dblint.cli import fix

    files, listing, _ = LAYOUTS[layout]
    write(files)
    real = fix.write

    def late(mended: object) -> int:
        Path("m", listing).write_text(files[listing] + "\n")
        return real(mended)

    monkeypatch.setattr(fix, "write", late)
    done = dblint("--fix", "--unsafe-fixes")
    assert done.exit_code == 2
    assert f"m/{listing}: has changed since it was read: nothing is written" in done.stderr
    assert read() == {**files, listing: files[listing] + "\n"}


def test_reports_show_what_is_entered_in_a_list() -> None:
    write(
        {
            "deploy/a.sql": "CREATE TABLE t (id bigint PRIMARY KEY);\n",
            "deploy/b.sql": "ALTER TABLE t ADD CHECK (id > 0);\n",
        }
    )
    write({"sqitch.plan": PLAN + "b 2024-02-29T00:00:00Z Ada L <ada@l.org>\n"})
    names = ("json", "sarif", "markdown", "rdjson")
    formats = [option for name in names for option in ("--format", f"{name}=out.{name}")]
    command = ["check", "m", "--select", "blocking-check", "--new", "m/deploy/b.sql", *formats]
    CliRunner().invoke(cli, command, catch_exceptions=False)
    line = "validate_t_id_check 2024-02-29T00:00:01Z Ada L <ada@l.org> # Validate t_id_check"
    (finding,) = json.loads(Path("out.json").read_text())["findings"]
    (entry,) = finding["fix"]["entries"]
    assert entry["path"] == "m/sqitch.plan"
    assert [each["text"] for each in entry["edits"]] == [f"\n{line}"]
    assert [each["path"] for each in finding["fix"]["files"]] == ["m/deploy/validate_t_id_check.sql"]
    (result,) = json.loads(Path("out.sarif").read_text())["runs"][0]["results"]
    changes = {each["artifactLocation"]["uri"]: each["replacements"] for each in result["fixes"][0]["artifactChanges"]}
    assert changes["m/sqitch.plan"][0]["insertedContent"]["text"] == f"\n{line}"
    assert f"+{line}\n" in result["fixes"][0]["properties"]["diff"]
    assert f"+{line}\n" in Path("out.markdown").read_text()
    assert "suggestions" not in Path("out.rdjson").read_text()


def test_a_new_changeset_in_an_old_file_is_edited_and_those_above_it_are_not() -> None:
    text = "--liquibase formatted sql\n\n--changeset ada:1\nCREATE TABLE t (id bigint PRIMARY KEY, a int);\n"
    index = "CREATE INDEX i ON t (a);\n"
    write({"a.sql": f"{text}\n--changeset ada:2\n{index}"})
    Path("applied").write_text("ada:1\n")
    command = ["check", "m", "--select", "blocking-index-build", "--applied", "applied", "--fix", "--unsafe-fixes"]
    done = CliRunner().invoke(cli, command, catch_exceptions=False)
    assert done.exit_code == 0
    online = index.replace("INDEX", "INDEX CONCURRENTLY")
    assert read()["a.sql"] == f"{text}\n--changeset ada:2 runInTransaction:false\n{online}"
    Path("applied").write_text("ada:1\nada:2\n")
    write({"a.sql": f"{text}\n--changeset ada:2\n{index}"})
    CliRunner().invoke(cli, command, catch_exceptions=False)
    assert read()["a.sql"] == f"{text}\n--changeset ada:2\n{index}"


def test_an_edited_file_gets_its_checksum_from_atlas_too() -> None:
    new = "CREATE TABLE v (id int);\nCREATE POLICY own ON v USING (id > 0);\n"
    write({**ATLAS, "2_b.sql": new, "atlas.sum": atlas_sum({"1_a.sql": OPEN.encode(), "2_b.sql": new.encode()})})
    dblint("--new", "m/2_b.sql", "--fix", "--unsafe-fixes")
    files = read()
    assert files["2_b.sql"] != new
    assert files["1_a.sql"] == OPEN
    assert files["atlas.sum"] == atlas_sum({name: files[name].encode() for name in ("1_a.sql", "2_b.sql")})


def test_checksums_that_fit_no_more_are_left_as_they_are() -> None:
    new = "CREATE TABLE v (id int);\nCREATE POLICY own ON v USING (id > 0);\n"
    stale = atlas_sum({"1_a.sql": OPEN.encode(), "2_b.sql": b"SELECT 1;\n"})
    write({**ATLAS, "2_b.sql": new, "atlas.sum": stale})
    done = dblint("--new", "m/2_b.sql", "--fix", "--unsafe-fixes")
    assert "1 fix" in done.stderr
    assert read()["atlas.sum"] == stale
    assert "atlas.sum does not fit the files as they are" in dblint("--diff", "--unsafe-fixes").stderr
