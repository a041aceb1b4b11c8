"""What fixes make runs on servers, and ends in the very catalog that the fold says: pages, and the demonstration."""

import subprocess
from pathlib import Path

import pytest

from dblint.checking import Fixing
from dblint.config import Config
from dblint.packs import load_rules
from dblint.rule import Applicability
from dblint.run import run
from dblint.scope import Scope
from tests.demonstration import APPLIED, build
from tests.live.history_check import check
from tests.live.server import Database
from tests.pages_harness import Case, cases_of, is_diff, sides, words_of

DIFFS = [case for case in cases_of(load_rules().values()) if is_diff(case) and case.dialect == "postgres"]
SERVER_WIDE = {"untransactional-statement": "ALTER SYSTEM changes the server, not the catalog"}


def test_the_pages_have_fixes_of_many_rules() -> None:
    assert len({case.rule.name for case in DIFFS}) >= 40


@pytest.mark.parametrize("case", [case for case in DIFFS if case.rule.name not in SERVER_WIDE], ids=str)
def test_page(case: Case, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if case.words.version and int(case.words.version) > database.server.major:
        return  # written for a later server
    monkeypatch.chdir(tmp_path)
    for name, text in sides(case)[1].items():
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    found = check(Path("migrations"), database)
    assert found.ran.failures == [], found.report
    assert found.ran.outside == []
    assert found.differences == [], found.report


def test_a_tenant_column_is_filled_from_the_parent(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of more rows than one batch; a session's own row has its tenant before, and only its tenant's are seen after."""
    monkeypatch.chdir(tmp_path)
    (case,) = (
        each
        for each in DIFFS
        if each.rule.name == "missing-tenant-column"
        and each.history == ()
        and any(words_of(each.page, block).applied for block in each.change)
    )
    before, after = sides(case)
    with database.connect() as session:
        for text in before.values():
            session.execute(text.encode())
        session.execute(
            "INSERT INTO orders SELECT md5(i::text)::uuid, md5((i % 2)::text)::uuid FROM generate_series(1, 12000) i;"
            "INSERT INTO lines SELECT id, id FROM orders"
        )
        for name in sorted(after.keys() - before.keys()):
            session.execute(after[name].encode())
            if "add" in name:
                session.execute("SELECT set_config('app.tenant', md5('0'), false)")
                session.execute("INSERT INTO lines (id, order_id) SELECT gen_random_uuid(), id FROM orders LIMIT 1")
        wrong = session.execute(
            "SELECT count(*) FROM lines JOIN orders ON orders.id = order_id "
            "WHERE lines.tenant_id <> orders.tenant_id AND lines.id = order_id"
        ).fetchone()
        session.execute("CREATE ROLE app; GRANT SELECT ON lines TO app; SET ROLE app")
        seen = session.execute("SELECT count(*), count(DISTINCT tenant_id) FROM lines").fetchone()
        session.execute("RESET ROLE; REVOKE SELECT ON lines FROM app; DROP ROLE app")
    assert (wrong, seen) == ((0,), (6001, 1))


BLUEPRINT = """
tables:
  - name: customers
    columns:
      - {name: id, type: bigint, nullable: false}
      - {name: email, type: text, unique: true}
    primaryKey: [id]
  - name: orders
    columns:
      - {name: id, type: bigint, primaryKey: true}
      - {name: total, type: "numeric(18,2)", default: "0"}
      - {name: parent_id, type: bigint, foreignKey: {table: orders, column: id, onDelete: CASCADE}}
    checks:
      - {name: ck_total, expression: total > 0}
    indexes:
      - {name: ix_total, columns: [total, id]}
    rowLevelSecurity:
      enabled: true
      policies:
        - {name: own_orders, using: id > 0}
"""
BUILT = """
CREATE TABLE customers (id bigint NOT NULL, email text);
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    total numeric(18,2) CONSTRAINT ck_total CHECK (total >= 0),
    parent_id bigint REFERENCES orders (id)
);
CREATE INDEX ix_total ON orders (total);
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own_orders ON orders USING (id > 1);
"""


def test_drift_is_mended_and_the_mending_taken_back(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m").mkdir()
    Path("database-blueprint.yaml").write_text(BLUEPRINT)
    Path("m/1_a.up.sql").write_text(BUILT)
    Path("m/1_a.down.sql").write_text("DROP TABLE orders, customers;")
    config = Config().override("test", dialect="postgres", postgres=str(database.server.major))
    rules = load_rules()
    config = config.only(("declared-not-built", "built-otherwise"))
    fixing = Fixing(wanted=frozenset((Applicability.SAFE, Applicability.UNSAFE)))
    (made,) = run(["."], config, rules, fixing=fixing).mended
    assert (made.dropped, made.result.findings) == ((), [])
    for path, source in made.texts.items():
        Path(path).write_text(source.text)
    found = check(Path("m"), database)
    assert (found.ran.failures, found.ran.outside, found.differences) == ([], [], []), found.report
    numbered = sorted(Path("m").glob("*.down.sql"), key=lambda file: -int(file.name.partition("_")[0]))
    assert len(numbered) > 12
    with database.connect() as session:
        for file in numbered:
            session.execute(file.read_bytes())
        left = session.execute("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace").fetchone()
    assert left == (0,)


def test_demonstration(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path)
    monkeypatch.chdir(tmp_path)
    new = tuple(str(file) for file in sorted(Path("migrations").iterdir()))[len(APPLIED) :]
    wanted = frozenset((Applicability.SAFE, Applicability.UNSAFE))
    config = Config().override("test", dialect="postgres", postgres=str(database.server.major))
    outcome = run(["migrations"], config, load_rules(), scope=Scope(new=new), fixing=Fixing(wanted=wanted))
    from dblint.cli.fix import patch_of

    Path("fixes.patch").write_text(patch_of(outcome.mended))
    subprocess.run(["git", "apply", "fixes.patch"], check=True)
    found = check(Path("migrations"), database)
    assert (found.ran.failures, found.ran.outside, found.differences) == ([], [], []), found.report
