"""All fixes on histories by chance: what they make still reads, a second run changes nothing, and no byte is lost
that is not the fix's."""

import os
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dblint.checking import Fixing
from dblint.cli.fix import patch_of, write
from dblint.config import Config
from dblint.fixes import Mended
from dblint.lexer import normalise, split_statements, tokens
from dblint.packs import Rules, load_rules
from dblint.proof import edited
from dblint.rule import Applicability
from dblint.run import Outcome, run
from dblint.scope import Scope
from dblint.source import Edit, Source, Span

BASE = """CREATE TYPE state AS ENUM ('open', 'done');
CREATE DOMAIN amount AS numeric;
CREATE TABLE parents (id bigint PRIMARY KEY, code text NOT NULL, at date);
CREATE TABLE children (
    id bigint PRIMARY KEY, parent_id bigint, s state, total amount, note text, "oddName" text, at date NOT NULL
);
CREATE INDEX children_note ON children (note);
CREATE MATERIALIZED VIEW sums AS SELECT parent_id, count(*) AS n FROM children GROUP BY parent_id;
CREATE UNIQUE INDEX sums_parent ON sums (parent_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touched BEFORE UPDATE ON children FOR EACH ROW EXECUTE FUNCTION touch();
"""
STATEMENTS = (
    "CREATE INDEX {new} ON children (parent_id)",
    "CREATE UNIQUE INDEX {new} ON children (note) WHERE note IS NOT NULL",
    "CREATE INDEX CONCURRENTLY {new} ON parents (at)",
    "CREATE INDEX CONCURRENTLY IF NOT EXISTS {new} ON children (at)",
    "DROP INDEX children_note",
    "REINDEX TABLE parents",
    "REFRESH MATERIALIZED VIEW sums",
    "ALTER TABLE children ADD CONSTRAINT {new} CHECK (total > 0)",
    "ALTER TABLE children ADD CHECK (parent_id > 0), ADD COLUMN {new} text",
    "ALTER TABLE children ADD CONSTRAINT {new} FOREIGN KEY (parent_id) REFERENCES parents (id)",
    "ALTER TABLE parents ADD CONSTRAINT {new} UNIQUE (code)",
    "ALTER TABLE parents ADD COLUMN {new} int, ADD UNIQUE (at)",
    "ALTER TABLE children ALTER COLUMN note SET NOT NULL",
    "ALTER TABLE children ALTER parent_id SET NOT NULL, ALTER COLUMN at SET NOT NULL",
    "ALTER TABLE children ADD COLUMN {new} uuid DEFAULT gen_random_uuid()",
    'ALTER TABLE children ADD COLUMN "New{new}" text',
    "ALTER DOMAIN amount ADD CONSTRAINT {new} CHECK (VALUE < 1000)",
    "ALTER TABLE children ADD CONSTRAINT {new} CHECK (id > 1) NOT VALID;\n"
    "ALTER TABLE children VALIDATE CONSTRAINT {new}",
    "ALTER TYPE state ADD VALUE '{new}'; UPDATE children SET s = '{new}' WHERE id = 1",
    "CREATE VIEW {new} AS SELECT * FROM parents",
    "CREATE TABLE {new} (id bigint PRIMARY KEY, parent_id bigint REFERENCES parents (id), code text UNIQUE)",
    "CREATE TABLE {new} (a int NOT NULL, b text); CREATE UNIQUE INDEX {new}_a ON {new} (a)",
    "CREATE TABLE {new} (id bigint PRIMARY KEY, a int, b int); CREATE INDEX ON {new} (a); CREATE INDEX ON {new} (a, b)",
    "CREATE TABLE {new} (id bigint PRIMARY KEY); CREATE POLICY p ON {new} USING (true)",
    "ALTER TABLE children DISABLE TRIGGER touched",
    "ALTER TABLE parents ALTER COLUMN at DROP NOT NULL",
    "SET LOCAL statement_timeout = '1s'",
    "BEGIN; INSERT INTO parents VALUES (1, '; CREATE INDEX x ON y (z) --', NULL); COMMIT",
    "UPDATE parents SET code = code WHERE id = 1",
    "DO $$ BEGIN CREATE INDEX {new} ON parents (code); END $$",
    "COMMENT ON TABLE parents IS 'CREATE INDEX CONCURRENTLY'",
    "VACUUM parents",
)
GAPS = ("\n", "\n\n", " ", "\n-- a comment; with a semicolon\n", " /* ADD\nCONSTRAINT */ ", "\r\n", "  -- end\n\t")
LAYOUTS = ("V{}__x.sql", "{}_x.sql", "{}_x.up.sql", "{}_x/up.sql", "goose")
RULES: Rules = load_rules()
ALL = frozenset((Applicability.SAFE, Applicability.UNSAFE))

statements = st.lists(
    st.tuples(st.sampled_from(STATEMENTS), st.sampled_from(GAPS), st.booleans()), min_size=1, max_size=5
)


def texts(drawn: list[list[tuple[str, str, bool]]], layout: str) -> dict[str, str]:
    found = {}
    for number, parts in enumerate([None, *drawn], start=1):
        body = BASE if parts is None else ""
        for place, (statement, gap, small) in enumerate(parts or ()):
            text = statement.format(new=f"n{number}_{place}")
            body += (text.lower() if small and "'" not in text and '"' not in text else text) + ";" + gap
        if layout == "goose":
            found[f"m/{number}_x.sql"] = f"-- +goose Up\n{body}"
        else:
            found["m/" + layout.format(number)] = body
    return found


def mend() -> Outcome:
    config = Config().override("fuzz", preset="strict")
    fixing = Fixing(wanted=ALL, shown=False)
    new = tuple(
        str(file)
        for file in sorted(Path("m").rglob("*.sql"))
        if not file.as_posix().split("/")[1].startswith(("V1__", "1_"))
    )
    return run(["m"], config, RULES, scope=Scope(new=new), fixing=fixing)


@settings(max_examples=int(os.environ.get("DBLINT_FUZZ", "25")), deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(statements, min_size=1, max_size=3), st.sampled_from(LAYOUTS))
def test_histories(drawn: list[list[tuple[str, str, bool]]], layout: str) -> None:
    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            files = texts(drawn, layout)
            for name, text in files.items():
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                Path(name).write_bytes(text.encode())
            outcome = mend()
            Path("patch").write_bytes(patch_of(outcome.mended).encode())
            for mended in outcome.mended:
                check(mended, files)
            if Path("patch").read_bytes():
                subprocess.run(["git", "apply", "--check", "patch"], check=True)
            write(outcome.mended)
            again = mend()
            assert not any(each.texts for each in again.mended), patch_of(again.mended)
            assert len(again.summary.unread) <= len(outcome.summary.unread)
        finally:
            os.chdir(here)


def check(mended: Mended, files: dict[str, str]) -> None:
    """What no fix is about is there as it was: comments, and statements in which nothing was found to mend."""
    touched = {finding.source.path for finding in mended.applied if finding.fix and finding.fix.edits}
    everywhere = "\n".join(source.text for source in mended.texts.values())
    for path, source in mended.texts.items():
        if path not in files:
            continue
        assert path in touched
        old = files[path]
        assert not comments(old) - comments(source.text), (old, source.text)
        mended_ones = {normalise(each.statement) for each in mended.applied}
        now = Counter(bare(source.text[s.start : s.end]) for s in split_statements(source.text))
        for statement in split_statements(old):
            text = old[statement.start : statement.end]
            if normalise(text) not in mended_ones and text.split(None, 1)[0].upper() not in ("BEGIN", "COMMIT"):
                assert now[bare(text)] or text in everywhere, (text, source.text)


def bare(statement: str) -> str:
    """Without IF [NOT] EXISTS, which one finding about a file puts into all of its statements."""
    return re.sub(r"\bif (?:not )?exists ", "", normalise(statement), flags=re.IGNORECASE)


def comments(text: str) -> Counter[str]:
    return Counter(text[t.start : t.end].rstrip() for t in tokens(text, comments=True) if t.kind == "comment")


@given(st.text(alphabet="ab\r\n;", max_size=30), st.data())
def test_edits_change_nothing_else(text: str, data: st.DataObject) -> None:
    places = sorted(set(data.draw(st.lists(st.integers(0, len(text)), max_size=6))))
    spans = [Span(a, b) for a, b in zip(places[::2], places[1::2], strict=False)]
    made = edited(Source("f", text), {Edit(span, "#") for span in spans})
    kept = [
        text[a:b] for a, b in zip([0, *(s.end for s in spans)], [*(s.start for s in spans), len(text)], strict=True)
    ]
    assert made == "#".join(kept)
