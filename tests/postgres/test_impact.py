"""Predicted locks, rewrites, scans, builds and refusals against what servers were measured to do.

`impact_table.json` was written by `python -m tests.live.measure` from `impact_schema.sql`; its scans count every
sequential read. DBLINT_LOCK_DATA may name a larger table, of one row per case, major and size, beside its
`lab_schema.sql`.
"""

import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dblint import operations
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.dialects.postgres import impact as lock_table
from dblint.dialects.postgres.dialect import DIALECT
from dblint.impact import FREE, Impact, Lock, union
from dblint.migrations.model import Script
from dblint.names import Name
from dblint.operations import Operation
from dblint.source import Source

HERE = Path(__file__).parent
SCHEMA = (HERE / "impact_schema.sql").read_text()
TABLE: dict[str, Any] = json.loads((HERE / "impact_table.json").read_text())
MODES = {str(lock): lock for lock in Lock}

# What cannot be told from a history, by case: the majors that differ, what differs, and why.
EXPLAINED = {
    "insert-partitioned": ((14, 15, 16, 17, 18), "locks", "which partition a row goes to depends on the row"),
    "key-from-partitioned": ((16, 17, 18), "scans", "the planner read the referenced table by its index"),
    "key-on-empty": ((14, 15, 16, 17, 18), "scans", "the referencing table happened to be empty"),
}


def read(sql: str) -> Iterator[Operation]:
    for _, found in DIALECT.read(Script.whole(Source("case.sql", sql))):
        yield from found


def catalog_of(version: int, *scripts: str) -> Catalog:
    """The scripts folded as history, so that all they made is old, and has rows."""
    catalog = Catalog(builtin_volatility=DIALECT.builtin_volatility, version=version)
    for script in scripts:
        for operation in read(script):
            advance(catalog, operation)
    catalog.migration = 1
    catalog.change = frozenset((1,))
    return catalog


def price(catalog: Catalog, sql: str, version: int) -> Impact:
    """The impact of all the statements together; the catalog is advanced by them."""
    impacts = []
    for operation in read(sql):
        impacts.append(DIALECT.impact(operation, catalog, version))
        advance(catalog, operation)
    return union(impacts)


def impact_of(sql: str, *history: str, version: int = 18) -> Impact:
    return price(catalog_of(version, *history), sql, version)


def spelled(names: Iterable[Name]) -> list[str]:
    return sorted(name.name if name.schema == "public" else f"{name.schema}.{name.name}" for name in names)


def locks(impact: Impact) -> dict[str, Lock]:
    return {spelled([name])[0]: lock for name, lock in impact.locks.items()}


# --- measured -----------------------------------------------------------------------------------------

MEASURED = [
    pytest.param(row, group, major, id=f"{row['id']}-{major}")
    for row in TABLE["rows"]
    for group in row["measured"]
    for major in group["majors"]
]


@pytest.mark.parametrize(("row", "group", "major"), MEASURED)
def test_measured(row: dict[str, Any], group: dict[str, Any], major: int) -> None:
    assert surprises(row, group, major) == set()


def surprises(row: dict[str, Any], group: dict[str, Any], major: int) -> set[str]:
    """The parts in which the prediction and a measurement differ, and those explained in which they do not."""
    catalog = catalog_of(major, SCHEMA, *row.get("setup", ()), *row.get("session", ()))
    tables = {index.name.name: index.table.name for index in catalog.indexes()}
    found = price(catalog, row["sql"], major)
    tables |= {index.name.name: index.table.name for index in catalog.indexes()}
    different = set(_differences(found, group, tables))
    explained = EXPLAINED.get(row["id"])
    return different ^ ({explained[1]} if explained and major in explained[0] else set())


def _differences(found: Impact, group: dict[str, Any], tables: dict[str, str]) -> Iterator[str]:
    """Which parts differ. An older server's syntax error may be told in other words."""
    if error := group.get("error"):
        if found.refused is None or (error["message"] != found.refused and error["sqlstate"] != "42601"):
            yield "refused"
        return
    if found.refused is not None:
        yield "refused"
    expected, actual = {name: MODES[mode] for name, mode in group.get("locks", {}).items()}, locks(found)
    if expected != actual and not (group.get("sampled") and expected.items() <= actual.items()):
        yield "locks"
    for part in ("rewrites", "builds"):
        if group.get(part, []) != spelled(getattr(found, part)):
            yield part
    if group.get("scans", ()) is not None:
        verified = {*group.get("verifies", ())}
        read_anyway = {*group.get("rewrites", ()), *group.get("truncates", ())}
        read_anyway |= {tables[index] for index in group.get("builds", ())}
        if verified | ({*group.get("scans", ())} - read_anyway) != {*spelled(found.scans)}:
            yield "scans"
    if group.get("in_transaction", True) != found.in_transaction:
        yield "in_transaction"


def test_every_explanation_is_of_a_measured_case() -> None:
    assert EXPLAINED.keys() <= {row["id"] for row in TABLE["rows"]}


# --- the glossary ---------------------------------------------------------------------------------------


def test_every_operation_has_a_price_or_keeps_nobody_waiting() -> None:
    every = {kind for kind in vars(operations).values() if _is_leaf(kind)}
    assert lock_table.PRICES.keys() | lock_table.UNPRICED == every
    assert not lock_table.PRICES.keys() & lock_table.UNPRICED


def _is_leaf(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Operation) and kind is not Operation


# --- what no measurement shows --------------------------------------------------------------------------


def test_unknown_table_is_presumed_to_be_there() -> None:
    found = impact_of("ALTER TABLE app.unseen ADD COLUMN c uuid DEFAULT gen_random_uuid()")
    assert locks(found) == {"app.unseen": Lock.ACCESS_EXCLUSIVE}
    assert found.rewrites == (Name("unseen", "app"),)
    assert impact_of("ALTER TABLE unseen ALTER COLUMN c TYPE text").rewrites == (Name("unseen", "public"),)
    assert impact_of("ALTER TABLE unseen ALTER COLUMN c SET NOT NULL").scans == (Name("unseen", "public"),)
    assert impact_of("ALTER TABLE unseen VALIDATE CONSTRAINT c").scans == (Name("unseen", "public"),)
    assert impact_of("ALTER TABLE unseen ADD PRIMARY KEY USING INDEX i").scans == (Name("unseen", "public"),)


def test_partitions_that_the_history_never_made() -> None:
    parent = "CREATE TABLE m (at date, v int) PARTITION BY RANGE (at)"
    assert impact_of("ALTER TABLE m ADD CHECK (v > 0)", parent).scans == (Name("m", "public"),)
    assert impact_of("CREATE INDEX i ON m (v)", parent).builds == (Name("i", "public"),)


def test_new_partitioned_table_has_no_partitions() -> None:
    assert impact_of("CREATE TABLE m (at date, v int) PARTITION BY RANGE (at); CREATE INDEX i ON m (v)").builds == ()


def test_temporary_tables_keep_nobody_waiting() -> None:
    made = "CREATE TEMP TABLE t (a int PRIMARY KEY)"
    for sql in (
        "ALTER TABLE t ADD COLUMN b serial",
        "CREATE INDEX ON t (a)",
        "DROP TABLE t",
        "TRUNCATE t",
        "UPDATE t SET a = 1",
    ):
        assert impact_of(sql, made) == FREE, sql


def test_a_guard_that_is_false_is_free() -> None:
    probe = "SELECT FROM information_schema.columns WHERE table_name = 't' AND column_name = 'a'"
    sql = f"DO $$ BEGIN IF NOT EXISTS ({probe}) THEN ALTER TABLE t ADD COLUMN a int; END IF; END $$"
    assert impact_of(sql, "CREATE TABLE t (a int)").locks == {}
    assert locks(impact_of(sql, "CREATE TABLE t (b int)")) == {"t": Lock.ACCESS_EXCLUSIVE}


def test_nothing_is_certainly_refused_behind_an_open_condition() -> None:
    made = "CREATE TABLE t (a int PRIMARY KEY)"
    assert impact_of("ALTER TABLE t ADD PRIMARY KEY (a)", made).refused is not None
    block = "DO $$ BEGIN IF current_setting('x.y') = '1' THEN ALTER TABLE t ADD PRIMARY KEY (a); END IF; END $$"
    assert impact_of(block, made).refused is None


def test_a_drop_of_several_may_drop_what_stands_in_the_way() -> None:
    made = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int REFERENCES p)"
    assert impact_of("DROP TABLE p", made).refused == "cannot drop table p because other objects depend on it"
    assert impact_of("DROP TABLE p, c", made).refused is None


def test_sql_functions_may_be_inlined_in_an_index() -> None:
    made = "CREATE TABLE t (a text); CREATE FUNCTION f(text) RETURNS text LANGUAGE {} AS 'SELECT lower($1)'"
    assert impact_of("CREATE INDEX ON t (f(a))", made.format("sql")).refused is None
    assert impact_of("CREATE INDEX ON t (f(a))", made.format("plpgsql")).refused is not None


def test_date_trunc_depends_on_its_argument() -> None:
    assert impact_of("CREATE INDEX ON t (date_trunc('day', a))", "CREATE TABLE t (a timestamp)").refused is None


def test_detaching_on_13_leaves_the_partition_to_readers() -> None:
    found = locks(impact_of("ALTER TABLE visit DETACH PARTITION visit_2023", SCHEMA, version=13))
    assert found["visit_2023"] is Lock.SHARE_UPDATE_EXCLUSIVE
    assert found["visit"] is Lock.ACCESS_EXCLUSIVE


@pytest.mark.parametrize(
    ("sql", "since"),
    [
        ("ALTER TABLE visit DETACH PARTITION visit_2023 CONCURRENTLY", 14),
        ("ALTER TABLE book ALTER COLUMN title SET COMPRESSION pglz", 14),
        ("MERGE INTO review r USING loan l ON l.book_id = r.book_id WHEN MATCHED THEN DELETE", 15),
        ("ALTER TABLE alone SET ACCESS METHOD columnar", 15),
        ("CREATE VIEW v WITH (security_invoker = true) AS SELECT 1 AS one", 15),
        ("ALTER TABLE sum_up ALTER COLUMN b SET EXPRESSION AS (a + 2)", 17),
        ("CREATE TABLE t (a int4range, PRIMARY KEY (a WITHOUT OVERLAPS))", 18),
        ("ALTER TABLE loan ADD CONSTRAINT n NOT NULL reader NOT VALID", 18),
    ],
)
def test_refused_before_the_major_that_brought_it(sql: str, since: int) -> None:
    for version in range(13, 19):
        refused = impact_of(sql, SCHEMA, version=version).refused
        assert (refused is not None) == (version < since), (version, refused)
        if refused:
            assert refused.endswith(f"needs PostgreSQL {since}")


@pytest.mark.parametrize(
    ("version", "validity", "adopted"), [(14, "", True), (17, "NOT VALID", False), (18, "NOT VALID", True)]
)
def test_adopting_a_foreign_key_of_a_partition_locks_the_referenced_table(
    version: int, validity: str, adopted: bool
) -> None:
    key = "ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES p"
    made = "CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE t (a int, b int) PARTITION BY LIST (b)"
    partition = f"CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1); ALTER TABLE t1 {key} {validity}"
    found = impact_of(f"ALTER TABLE t {key}", made, partition, version=version)
    assert locks(found)["p"] is (Lock.ACCESS_EXCLUSIVE if adopted else Lock.SHARE_ROW_EXCLUSIVE)
    assert (Name("t1", "public") in found.scans) is bool(validity)
    table = f"CREATE TABLE t1 (a int, b int); ALTER TABLE t1 {key} {validity}; ALTER TABLE t {key}"
    found = impact_of("ALTER TABLE t ATTACH PARTITION t1 FOR VALUES IN (1)", made, table, version=version)
    assert locks(found)["p"] is (Lock.ACCESS_EXCLUSIVE if adopted else Lock.SHARE_ROW_EXCLUSIVE)


def test_settings_of_the_session_decide() -> None:
    assert impact_of("SET timezone = 'utc'; ALTER TABLE book ALTER bought TYPE timestamptz", SCHEMA).rewrites == ()
    assert impact_of("ALTER TABLE book ALTER bought TYPE timestamptz", SCHEMA).rewrites != ()
    made = "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'DELETE FROM loan'"
    assert locks(impact_of(made, SCHEMA)) == {"loan": Lock.ROW_EXCLUSIVE}
    assert impact_of(f"SET check_function_bodies = off; {made}", SCHEMA).locks == {}


@pytest.mark.parametrize(
    ("check", "proves"),
    [
        ("at >= '2025-01-01' AND at < '2026-01-01'", True),
        ("(at >= '2025-01-01') AND (at < '2026-01-01') AND kind <> ''", True),
        ("at >= '2025-01-01' AND at < '2026-01-01' OR kind = ''", False),
        ("at >= '2024-01-01' AND at < '2026-01-01'", False),
        ("at >= '2025-01-01'", False),
    ],
)
def test_checks_that_spare_the_scan_of_attach(check: str, proves: bool) -> None:
    made = f"CREATE TABLE incoming (at date NOT NULL, kind text, line text, CHECK ({check}))"
    sql = "ALTER TABLE log ATTACH PARTITION incoming FOR VALUES FROM ('2025-01-01') TO ('2026-01-01')"
    assert (Name("incoming", "public") in impact_of(sql, SCHEMA, made).scans) is not proves


def test_server_commands_stand_alone() -> None:
    assert not impact_of("ALTER SYSTEM SET work_mem = '1MB'").in_transaction
    assert not impact_of("CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p").in_transaction
    assert impact_of("ALTER TYPE condition ADD VALUE 'new'", SCHEMA).in_transaction


# --- a larger table, where there is one ------------------------------------------------------------------

DATA = os.environ.get("DBLINT_LOCK_DATA", "")
# By case, why the prediction is not what was measured there.
UNPREDICTED = {
    "combo.pending_trigger_events": "it depends on the transaction's earlier rows",
    "constraint.drop_not_null_named": "names of NOT NULL constraints are not kept",
    "dml.select": "how a query reads is the planner's choice",
    "index.set_tablespace": "skipped there for another reason",
    "subscription.create_slot": "there was no publisher",
    "table.set_tablespace": "skipped there for another reason",
    "table.set_tablespace_same": "tablespaces are not kept",
    "table.truncate_cascade": "indexes of emptied tables were counted",
    "tablespace.create": "skipped there for another reason",
    "type.enum_add_value_and_use": "it depends on the transaction",
}
PLANNED = ("constraint.add_fk", "constraint.validate_fk", "constraint.fk_set_enforced")
"""Cases in which the planner may have read the referenced table by its index."""


@cache
def _lab_schema() -> str:
    return Path(DATA).with_name("lab_schema.sql").read_text()


@pytest.mark.skipif(not DATA, reason="DBLINT_LOCK_DATA is not set")
def test_larger_table() -> None:
    wrong = []
    for row in json.loads(Path(DATA).read_text())["rows"]:
        if row["rows"] and row["id"] not in UNPREDICTED:
            wrong += [f"{row['id']} on {row['pg_major']}: {part}" for part in _large_differences(row)]
    assert wrong == []


def _large_differences(row: dict[str, Any]) -> Iterator[str]:
    major = row["pg_major"]
    catalog = catalog_of(major, _lab_schema(), *row.get("setup") or (), *row.get("session") or ())
    found = price(catalog, row["sql"], major)
    if row.get("skipped") or row.get("error"):
        if found.refused is None and (row.get("error") or {}).get("sqlstate") != "25001":
            yield "refused"
        return
    if found.refused is not None:
        yield "refused"
    expected = {name: MODES[mode] for name, mode in row["locks"].items() if mode != "ACCESS SHARE"}
    sampled = "sampled" in (row.get("lock_source") or "")
    if expected != locks(found) and not (sampled and expected.items() <= locks(found).items()):
        yield "locks"
    builds = row.get("index_builds") or []
    if sorted(row.get("rewrite") or ()) != spelled(found.rewrites):
        yield "rewrites"
    if sorted(build["index"] for build in builds) != spelled(found.builds):
        yield "builds"
    if row["txn_allowed"] != found.in_transaction:
        yield "in_transaction"
    if not sampled:
        read_anyway = {*(row.get("rewrite") or ()), *(build["on"] for build in builds)}
        scanned = {name for name, counts in row["scan"].items() if counts["seq_scan"]} - read_anyway
        scanned |= {*(row.get("verifies") or ())}
        actual = set(spelled(found.scans))
        if scanned != actual and not (row["id"].startswith(PLANNED) and scanned == actual - {"customers"}):
            yield "scans"
