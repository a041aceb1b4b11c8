"""Fixes as the command line makes them: what is written, what is never touched, and what is refused with a reason."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dblint.cli import cli

ORDERS = "CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, note text);\n"
INDEX = "CREATE INDEX orders_customer ON orders (customer_id);\n"
ONLINE = "CREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);\n"
FIXES = ("--diff", "--unsafe-fixes")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("CI", "TF_BUILD", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)


def write(files: dict[str, str | bytes]) -> None:
    for name, text in files.items():
        file = Path("m", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode() if isinstance(text, str) else text)


def read() -> dict[str, bytes]:
    return {str(file.relative_to("m")): file.read_bytes() for file in sorted(Path("m").rglob("*")) if file.is_file()}


def dblint(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["check", "m", *arguments], catch_exceptions=False)


# --- what is shown ------------------------------------------------------------------------------


def test_a_diff_is_all_that_is_printed_and_is_no_success() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX})
    done = dblint("--new", "m/V2__b.sql", *FIXES)
    assert done.stdout == (
        f"diff --git a/m/V2__b.sql b/m/V2__b.sql\n--- a/m/V2__b.sql\n+++ b/m/V2__b.sql\n@@ -1 +1 @@\n-{INDEX}+{ONLINE}"
    )
    assert "1 fix (1 unsafe) in 1 file" in done.stderr
    assert done.exit_code == 1
    assert read()["V2__b.sql"] == INDEX.encode()


def test_without_anything_to_fix_a_diff_is_empty_and_a_success() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": "ALTER TABLE orders ADD COLUMN x int;\n"})
    done = dblint("--new", "m/V2__b.sql", *FIXES)
    assert (done.stdout, done.exit_code) == ("", 0)


def test_unsafe_fixes_are_told_of_but_not_made_unasked() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX})
    done = dblint("--new", "m/V2__b.sql", "--diff")
    assert done.stdout == ""
    assert "up to 1 more with --unsafe-fixes" in done.stderr
    Path("report.json").unlink(missing_ok=True)
    done = dblint("--new", "m/V2__b.sql", "--patch", "p", "--format", "json=report.json")
    assert "1 more with --unsafe-fixes" in done.stderr
    assert '"title": "Build the index CONCURRENTLY"' in Path("report.json").read_text()


def test_a_report_of_a_change_bears_the_proven_fixes() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX})
    assert "= fix: Build the index CONCURRENTLY (applied by --fix --unsafe-fixes)" in " ".join(
        dblint("--new", "m/V2__b.sql").stdout.split()
    )
    assert "= fix" not in dblint().stdout


@pytest.mark.parametrize("options", [("--diff", "--fix"), ("--unsafe-fixes",)])
def test_options_that_make_no_sense_together(options: tuple[str, ...]) -> None:
    write({"V1__a.sql": ORDERS})
    assert dblint(*options).exit_code == 2


# --- what is written ------------------------------------------------------------------------------


def test_fix_writes_and_reports_what_is_left() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX + "ALTER TABLE orders DROP COLUMN note;\n"})
    done = dblint("--new", "m/V2__b.sql", "--fix", "--unsafe-fixes")
    assert read()["V2__b.sql"] == b"ALTER TABLE orders DROP COLUMN note;\n"
    assert read()["V3__create_index_orders_customer.sql"] == ONLINE.encode()
    assert "column-drop" in done.stdout
    assert "blocking-index-build" not in done.stdout
    assert done.exit_code == 1


def test_a_second_fix_changes_nothing() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX + "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;\n"})
    options = ("--new", "m/V2__b.sql", "--fix", "--unsafe-fixes")
    dblint(*options)
    first = read()
    new = [option for name in first if name not in ("V1__a.sql",) for option in ("--new", f"m/{name}")]
    dblint(*new, "--fix", "--unsafe-fixes")
    assert read() == first


def test_line_ends_the_byte_order_mark_and_the_mode_stay() -> None:
    text = b"\xef\xbb\xbf-- first\r\ncreate index i on orders (note); -- \xc3\xa4\r\nSELECT 1;"
    write({"V1__a.sql": ORDERS, "V2__b.sql": text})
    Path("m/V2__b.sql").chmod(0o750)
    dblint("--new", "m/V2__b.sql", "--transaction", "none", "--fix", "--unsafe-fixes")
    assert read()["V2__b.sql"] == text.replace(b"create index", b"create index concurrently")
    assert Path("m/V2__b.sql").stat().st_mode & 0o777 == 0o750


def test_utf_16_stays_utf_16() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": b"\xff\xfe" + INDEX.encode("utf-16-le")})
    dblint("--new", "m/V2__b.sql", "--fix", "--unsafe-fixes")
    assert read()["V2__b.sql"] == b"\xff\xfe" + ONLINE.encode("utf-16-le")


def test_utf_16_is_no_matter_for_a_patch() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": b"\xff\xfe" + INDEX.encode("utf-16-le")})
    done = dblint("--new", "m/V2__b.sql", *FIXES)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "m/V2__b.sql: is in UTF-16" in done.stderr


def test_nothing_is_written_when_a_file_has_changed_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX, "V3__c.sql": "CREATE INDEX o ON orders (note);\n"})
    from dblint.cli import fix

    def meanwhile(mended: Any) -> int:
        Path("m/V3__c.sql").write_text("-- mine\n")
        return real(mended)

    real = fix.write
    monkeypatch.setattr(fix, "write", meanwhile)
    done = dblint("--new", "m/V2__b.sql", "--new", "m/V3__c.sql", "--fix", "--unsafe-fixes")
    assert (done.exit_code, "has changed since it was read" in done.stderr) == (2, True)
    assert read()["V2__b.sql"] == INDEX.encode()


# --- what is never touched ------------------------------------------------------------------------


def test_what_may_have_run_is_not_edited() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX, "V3__c.sql": "SELECT 1;\n"})
    for scope in ((), ("--new", "m/V3__c.sql"), ("--since", "2")):
        done = dblint(*scope, *FIXES)
        assert done.stdout == ""
    assert "such a file is never changed" in dblint(*FIXES).stderr
    assert dblint("--new", "all", *FIXES).stdout.count("+++") == 1


def test_what_has_run_is_mended_by_a_new_migration() -> None:
    write(
        {
            "V1__a.sql": "CREATE TABLE a (id bigint PRIMARY KEY);\n",
            "V2__b.sql": "CREATE TABLE b (id bigint PRIMARY KEY, a_id bigint REFERENCES a (id));\n",
        }
    )
    assert dblint("--fix", "--unsafe-fixes").exit_code == 0
    assert read()["V3__create_index_b_a_id_idx.sql"] == b"CREATE INDEX CONCURRENTLY b_a_id_idx ON b (a_id);\n"


def test_an_index_of_partitions_is_made_one_by_one_where_they_have_rows() -> None:
    parent = "CREATE TABLE a (id bigint PRIMARY KEY);\n"
    child = "CREATE TABLE b (a_id bigint REFERENCES a (id), at date) PARTITION BY RANGE (at);\n"
    write({"V1__a.sql": parent, "V2__b.sql": child})
    done = dblint("--new", "m/V2__b.sql", *FIXES)
    assert "+CREATE INDEX b_a_id_idx ON b (a_id);" in done.stdout
    write({"V3__c.sql": "CREATE TABLE b1 PARTITION OF b FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');\n"})
    said = " ".join(dblint("--new", "m/V2__b.sql").stdout.split())
    assert "CREATE INDEX ON ONLY b (a_id), then one CONCURRENTLY on each partition" in said


def test_what_a_fix_has_made_is_mended_like_a_change() -> None:
    Path("dblint.toml").write_text('preset = "strict"\nignore = ["missing-soft-delete-column", "missing-updated-at"]\n')
    write({"V1__a.sql": "CREATE TABLE orders (id bigint PRIMARY KEY);\n"})
    assert dblint("--fix", "--unsafe-fixes").exit_code == 0
    made = read()["V2__add_orders_created_at.sql"].decode().splitlines()
    assert made[0].startswith("SET ")
    assert made[-1] == "ALTER TABLE orders ADD COLUMN created_at timestamptz NOT NULL DEFAULT now();"


def test_what_the_layout_has_no_place_for_is_shown_with_the_reason() -> None:
    write({f"{n}_{x}.up.sql": f"CREATE TABLE {x}{n} (a int PRIMARY KEY, b int);\n" for n in range(1, 5) for x in "ab"})
    write({"5_c.up.sql": "CREATE TABLE d (a int PRIMARY KEY);\nCREATE INDEX i ON a1 (b);\n"})
    said = " ".join(dblint("--new", "m/5_c.up.sql").stdout.split())
    reason = "maragu-migrate has no way to run a migration outside its transaction"
    statement = "CREATE INDEX CONCURRENTLY i ON a1 (b)"
    assert f"in a migration of its own, by hand since {reason}: {statement} (by hand)" in said
    assert reason in dblint("--new", "m/5_c.up.sql", *FIXES).stderr


def test_what_is_allowed_or_in_the_baseline_is_left_alone() -> None:
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX.replace(";", "; -- dblint: allow blocking-index-build: nine rows")})
    assert dblint("--new", "m/V2__b.sql", *FIXES).stdout == ""
    write({"V2__b.sql": INDEX})
    CliRunner().invoke(cli, ["baseline", "m"], catch_exceptions=False)
    assert dblint("--new", "m/V2__b.sql", *FIXES).stdout == ""


def test_a_fix_that_would_make_the_deploy_fail_is_dropped_with_the_reason() -> None:
    later = "ALTER TABLE orders RENAME COLUMN customer_id TO owner;\n"
    write({"V1__a.sql": ORDERS, "V2__b.sql": "SELECT 1;\n" + INDEX + later})
    done = dblint("--new", "m/V2__b.sql", *FIXES)
    assert done.stdout == ""
    reason = "with it the deploy fails: orders has no column customer_id"
    assert f"no fix of blocking-index-build at m/V2__b.sql:2: {reason}" in done.stderr


def test_one_bad_fix_does_not_spoil_the_others() -> None:
    bad = "CREATE INDEX i ON orders (note);\nALTER TABLE orders RENAME COLUMN note TO remark;\n"
    write({"V1__a.sql": ORDERS, "V2__b.sql": bad, "V3__c.sql": INDEX})
    done = dblint("--new", "m/V2__b.sql", "--new", "m/V3__c.sql", *FIXES)
    assert ONLINE in done.stdout
    assert "V2__b.sql" not in done.stdout
    assert "no fix of blocking-index-build at m/V2__b.sql:1" in done.stderr


# --- the patch ------------------------------------------------------------------------------------

PATCHED = {
    "V1__a.sql": ORDERS,
    "V2__b ü.sql": "-- keep\n" + INDEX + "ALTER TABLE orders ADD CHECK (id > 0); -- last",
    "V3__c.sql": "ALTER TABLE orders\r\n    ALTER COLUMN note SET NOT NULL;\r\n",
}
NEW = ("--new", "m/V2__b ü.sql", "--new", "m/V3__c.sql")


@pytest.mark.parametrize("command", [("git", "apply"), ("patch", "-s", "-p1", "-i")])
@pytest.mark.parametrize("inside", [".", "m"])
def test_the_patch_makes_what_fix_writes(
    command: tuple[str, ...], inside: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(PATCHED)
    subprocess.run(["git", "init", "-q"], check=True)
    dblint(*NEW, "--patch", "out.patch", "--unsafe-fixes", "--format", "json=report.json", "-q")
    if command[0] == "git":
        monkeypatch.chdir(inside)
    subprocess.run([*command, str(tmp_path / "out.patch")], check=True)
    monkeypatch.chdir(tmp_path)
    patched = read()
    subprocess.run(["rm", "-r", "m"], check=True)
    write(PATCHED)
    dblint(*NEW, "--fix", "--unsafe-fixes")
    assert patched == read()
    assert len(patched) == 6


def test_paths_start_from_the_top_of_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    subprocess.run(["git", "init", "-q"], check=True)
    Path("db").mkdir()
    monkeypatch.chdir("db")
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX})
    assert dblint("--new", "m/V2__b.sql", *FIXES).stdout.startswith("diff --git a/db/m/V2__b.sql b/db/m/V2__b.sql\n")


def test_what_a_later_statement_names_stays_where_it_is() -> None:
    later = "COMMENT ON INDEX orders_customer IS 'for the list';\n"
    write({"V1__a.sql": ORDERS, "V2__b.sql": INDEX + later})
    assert dblint("--new", "m/V2__b.sql", *FIXES).stdout == ""


def test_what_is_needed_nowhere_is_taken_out_and_not_moved_first() -> None:
    """Else the index would go into a migration of its own, and leave that empty when it is found to be a second one."""
    check = "ALTER TABLE orders ADD CONSTRAINT orders_id_check CHECK (id > 0);\n"
    write({"V1__a.sql": ORDERS + INDEX, "V2__b.sql": INDEX.replace("orders_customer", "again", 1) + check})
    assert dblint("--new", "m/V2__b.sql", "--fix", "--unsafe-fixes").exit_code == 0
    after = read()
    assert list(after) == ["V1__a.sql", "V2__b.sql", "V3__validate_orders_id_check.sql"]
    assert after["V2__b.sql"].decode() == check.replace(");", ") NOT VALID;")
