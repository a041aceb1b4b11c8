"""DO blocks and routine bodies: what they do, under which conditions, and where it is written."""

from typing import Any

import pytest
from tests.postgres.lowering import at, lowered, only, shown, summary

from dblint.operations import CreateFunction, Guard, Opaque, Operation, Unparsable


def block(body: str) -> list[Operation]:
    return lowered(f"-- é\nDO $$\n{body}\n$$;")


def function(body: str, head: str = "create function f() returns void language plpgsql") -> CreateFunction:
    return only(f"-- é\n{head} as $x$\n{body}\n$x$;")  # type: ignore[no-any-return]


def short(operations: Any) -> list[tuple[str, str]]:
    return [(type(operation).__name__, at(operation)) for operation in operations]


# --- what runs ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("begin alter table t add a int, drop b; end", [("DropColumn", "drop b"), ("AddColumn", "add a int")]),
        ("declare n int; begin select a into n from t; end", [("Select", "select a into n from t")]),
        ("begin perform f(1); perform 1 from t; end", [("Select", "perform f(1)"), ("Select", "perform 1 from t")]),
        ("declare n int; begin n := (select 1 from t); n = 2; end", [("Select", "(select 1 from t)")]),
        ("declare n int := (select 1 from t); begin end", [("Select", "(select 1 from t)")]),
        ("declare r record; begin for r in select 1 from t loop delete from u; end loop; end",
         [("Select", "select 1 from t"), ("Delete", "delete from u")]),
        ("begin insert into t values ('a;b'); commit; delete from t; end",
         [("Insert", "insert into t values ('a;b')"), ("SessionCommand", "commit"), ("Delete", "delete from t")]),
        ("begin execute 'drop table t'; end", [("DropTable", "drop table t")]),
        ("begin execute 'drop table t; alter table u drop a'; end",
         [("DropTable", "drop table t"), ("DropColumn", "drop a")]),
        ("begin execute $q$ alter table t add a text default 'é' $q$; end",
         [("AddColumn", "add a text default 'é'")]),
        ("begin execute 'alter table t add a text default ''é'', drop b'; end",
         [("DropColumn", "drop b"), ("AddColumn", "add a text default ''é''")]),
        ("begin execute format('drop table %I.%I', 's', 'T'); end",
         [("DropTable", "format('drop table %I.%I', 's', 'T')")]),
        ("begin execute 'drop table ' || quote_ident('t'); end", [("DropTable", "'drop table ' || quote_ident('t')")]),
        ("declare q text := 'drop table t'; begin execute q; end", [("DropTable", "q")]),
        ("declare q text; begin q := 'drop table t'; execute q; end", [("DropTable", "q")]),
        ("begin raise notice 'x'; end", [("SessionCommand", "DO $$\nbegin raise notice 'x'; end\n$$")]),
    ],
)  # fmt: skip
def test_statements(body: str, expected: list[tuple[str, str]]) -> None:
    assert short(block(body)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "declare r record; begin for r in select 1 loop execute 'drop table ' || r.x; end loop; end",
        "declare q text := 'a'; begin q := q || 'b'; execute q; end",
        "declare q text := 'a'; begin select 'b' into q; execute q; end",
        "begin execute format('drop table %I', current_user); end",
    ],
)
def test_dynamic_sql_is_said(body: str) -> None:
    last = block(body)[-1]
    assert isinstance(last, Opaque)
    assert (last.what, at(last).split()[0][:6]) in [("dynamic SQL", start) for start in ("'drop", "q", "format")]


def test_a_loop_over_a_literal_array_runs_for_each() -> None:
    operations = block(
        "declare t text; begin foreach t in array array['a', 'b'] loop\n"
        "  execute format('alter table %I add x int', t); execute 'drop index ' || t || '_i'; end loop; end"
    )
    assert [(name, fields.get("table", fields.get("name"))) for name, fields in map(summary, operations)] == [
        ("AddColumn", "a"),
        ("DropIndex", "a_i"),
        ("AddColumn", "b"),
        ("DropIndex", "b_i"),
    ]


def test_a_quoted_body_has_exact_places() -> None:
    operations = lowered("DO 'begin alter table t add é text default ''x'', add ü int; end'")
    assert [at(operation) for operation in operations] == ["add é text default ''x''", "add ü int"]
    assert operations[0].column.default.text == "'x'"  # type: ignore[attr-defined]
    escaped = lowered(r"DO E'begin\n execute \'drop table t\'; end'")
    assert short(escaped) == [("DropTable", "drop table t")]


def test_what_cannot_be_read_is_said() -> None:
    assert summary(only("do $$ this is not it $$"))[0] == "Opaque"
    assert summary(only("do language plv8 $$ x $$")) == (
        "Opaque",
        {"what": "DO block in plv8", "reason": "only PL/pgSQL blocks are read"},
    )
    assert short(block("begin create table t (; end")) == [("Opaque", "DO $$\nbegin create table t (; end\n$$")]


# --- under which conditions ---------------------------------------------------------------------

EXISTING = "exists (select 1 from {} where {})"
PROBES = [
    (EXISTING.format("information_schema.tables", "table_schema = 's' and table_name = 't'"), "table s.t"),
    (EXISTING.format("information_schema.columns", "table_name = 't' and column_name = 'c'"), "column t c"),
    (EXISTING.format("information_schema.table_constraints", "constraint_name = 'c' and table_name = 't'"),
     "constraint t c"),
    (EXISTING.format("pg_constraint", "conname = 'c'"), 'constraint "" c'),
    (EXISTING.format("pg_constraint", "conrelid = 's.t'::regclass and conname = 'c'"), "constraint s.t c"),
    (EXISTING.format("pg_catalog.pg_class", "relname = 'i' and relkind = 'i'"), "index i"),
    (EXISTING.format("pg_class c join pg_namespace n on n.oid = c.relnamespace", "c.relname = 't' and n.nspname = 's'"),
     "table s.t"),
    (EXISTING.format("pg_indexes", "schemaname = 's' and indexname = 'i'"), "index s.i"),
    (EXISTING.format("pg_type", "typname = 'e'"), "type e"),
    (EXISTING.format("pg_enum", "enumlabel = 'v' and enumtypid = 'e'::regtype"), "enum value e v"),
    (EXISTING.format("pg_type t join pg_enum e on t.oid = e.enumtypid", "t.typname = 'e' and e.enumlabel = 'v'"),
     "enum value e v"),
    (EXISTING.format("pg_enum", "enumlabel = 'v' and enumtypid = (select oid from pg_type where typname = 'e')"),
     "enum value e v"),
    (EXISTING.format("pg_proc", "proname = 'f'"), "function f"),
    (EXISTING.format("pg_roles", "rolname = 'r'"), "role r"),
    (EXISTING.format("pg_policies", "tablename = 't' and policyname = 'p'"), "policy t p"),
    (EXISTING.format("pg_trigger", "tgname = 'g' and tgrelid = 't'::regclass and not tgisinternal"), "trigger t g"),
    (EXISTING.format("pg_namespace", "nspname = 's'"), "schema s"),
    (EXISTING.format("pg_extension", "extname = 'x'"), "extension x"),
    (EXISTING.format("pg_attribute", "attrelid = 't'::regclass and attname = 'c' and not attisdropped"), "column t c"),
    ("to_regclass('s.t') is not null", "table s.t"),
    ("(select to_regclass('t')) is not null", None),
    ("(select count(*) from pg_tables where tablename = 't') > 0", "table t"),
    (EXISTING.format("information_schema.columns", "table_name = 't' and column_name = 'c' and data_type = 'x'"), None),
    (EXISTING.format("pg_tables", "tablename like 't%'"), None),
    (EXISTING.format("t", "a = 'b'"), None),
]  # fmt: skip


def asked(guard: Guard) -> str | None:
    probe = guard.probe
    return f"{probe.kind} {probe.name} {probe.member}".strip() if probe else None


@pytest.mark.parametrize(("condition", "probe"), PROBES)
def test_probes(condition: str, probe: str | None) -> None:
    for text, negated in ((condition, False), (f"not {condition}", True)):
        operation = block(f"begin\n  if {text} then drop table x; end if; end")[-1]
        (guard,) = operation.guards
        assert (guard.text, at(operation, guard.span)) == (text, text)
        assert (asked(guard), guard.negated) == (probe, negated and probe is not None)


def test_absence_asked_in_other_ways() -> None:
    for condition in ("to_regclass('t') is null", "(select count(*) from pg_tables where tablename = 't') = 0"):
        (guard,) = only(f"do $$ begin if {condition} then drop table x; end if; end $$").guards
        assert (asked(guard), guard.negated) == ("table t", True)


def test_branches_negate_what_came_before() -> None:
    operations = block(
        f"begin if {PROBES[8][0]} then drop table a; elsif x > 1 then drop table b; else drop table c; end if;"
        " drop table d; end"
    )
    conditions = [[(asked(guard), guard.text[:5], guard.negated) for guard in each.guards] for each in operations]
    assert conditions == [
        [("type e", "exist", False)],
        [("type e", "NOT (", True), (None, "x > 1", False)],
        [("type e", "NOT (", True), (None, "NOT (", False)],
        [],
    ]


def test_joined_questions_are_separate_guards() -> None:
    (operation,) = block(f"begin if {PROBES[8][0]} and not {PROBES[10][0]} then drop table a; end if; end")
    assert [(asked(guard), guard.negated) for guard in operation.guards] == [
        ("type e", False),
        ("enum value e v", True),
    ]


def test_return_leaves_the_rest_under_the_opposite() -> None:
    operations = block(f"begin if {PROBES[8][0]} then return; end if; drop table a; end")
    assert [(asked(guard), guard.negated) for guard in operations[0].guards] == [("type e", True)]


def test_loops_are_conditions() -> None:
    operations = block(
        "declare r record; begin for r in select 1 from t loop drop table a; end loop; drop table b; end"
    )
    assert [[guard.text for guard in each.guards] for each in operations] == [
        [],
        ["FOR EACH ROW OF select 1 from t"],
        [],
    ]


def test_caught_errors() -> None:
    operations = block(
        "begin drop table a;\n"
        " begin create type e as enum ('x'); exception when duplicate_object or sqlstate '42P07' then null; end;\n"
        " begin drop table b; exception when others then raise exception 'no'; end;\n"
        " begin drop table c; exception when others then raise notice 'go on'; drop table d; end;\nend"
    )
    assert [(shown(each.name), set(each.tolerates)) for each in operations] == [  # type: ignore[attr-defined]
        ("a", set()),
        ("e", {"duplicate_object", "duplicate_table"}),
        ("b", set()),
        ("c", {"others"}),
        ("d", set()),
    ]
    assert [guard.text for guard in operations[-1].guards] == ["EXCEPTION WHEN others"]


# --- routines -----------------------------------------------------------------------------------


def test_plpgsql_routine() -> None:
    made = function(
        "declare n s.t.c%type; r s.row_type;\nbegin\n  update t set a = 1 where b = n;\n"
        "  execute 'drop table ' || n;\n  r.x := (select 1 from u);\n  return;\nend",
    )
    assert short(made.body) == [
        ("Update", "update t set a = 1 where b = n"),
        ("Opaque", "'drop table ' || n"),
        ("Select", "(select 1 from u)"),
    ]
    assert [at(made, span) for span in made.dynamic] == ["'drop table ' || n"]
    assert made.body_text.startswith("\ndeclare")


def test_trigger_routine() -> None:
    made = function(
        "begin new.a := (select 1 from t); if tg_op = 'DELETE' then return old; end if; return new; end",
        "create function s.f() returns trigger language plpgsql",
    )
    assert short(made.body) == [("Select", "(select 1 from t)")]


def test_set_returning_routine() -> None:
    made = function(
        "begin return query select a from s.t; return query execute 'select 1 from u'; end",
        "create function f(p s.kind, out q int) returns setof int language plpgsql",
    )
    assert short(made.body) == [("Select", "select a from s.t"), ("Select", "select 1 from u")]
    assert (shown(made.arguments), shown(made.returns), made.returns_set) == (["s.kind"], "integer", True)


def test_sql_routine() -> None:
    made = function(
        "select 1 from t where a = $1;\ninsert into u values (2)", "create function f(int) returns int language sql"
    )
    assert short(made.body) == [("Select", "select 1 from t where a = $1"), ("Insert", "insert into u values (2)")]
    atomic = only("create procedure p() begin atomic insert into t values (';'); delete from u; end")
    assert short(atomic.body) == [("Insert", "insert into t values (';')"), ("Delete", "delete from u")]
    returned = only("create function f() returns int return (select max(a) from t)")
    assert short(returned.body) == [("Select", "(select max(a) from t)")]
    assert shown(returned.body[0].query.tables) == ["t"]


def test_routine_attributes() -> None:
    made = only(
        "create or replace procedure s.p(in a int, inout b varchar(3)[], variadic c text[]) language plpgsql"
        " security definer set search_path = s, pg_temp as 'begin end'"
    )
    assert summary(made)[1] == {
        "name": "s.p",
        "arguments": ["integer", "character varying(3)[]", "text[]"],
        "language": "plpgsql",
        "security_definer": True,
        "settings": {"search_path": "s, pg_temp"},
        "procedure": True,
        "or_replace": True,
        "body_text": "begin end",
    }
    table = only("create function f() returns table (a int) stable language sql as 'select 1'")
    assert (table.returns_set, table.volatility, table.arguments) == (True, "stable", ())


def test_alter_function() -> None:
    assert summary(only("alter function s.f(int) immutable security invoker set a = 1 reset b")) == (
        "AlterFunction",
        {"name": "s.f", "arguments": ["integer"], "volatility": "immutable", "security_definer": False,
         "settings": {"a": "1", "b": None}},
    )  # fmt: skip
    assert only("alter procedure p security definer").arguments is None


def test_routines_in_other_languages_have_no_operations() -> None:
    made = only("create function f() returns int language c as 'lib', 'symbol'")
    assert (made.language, made.body, made.body_text) == ("c", (), "")


@pytest.mark.parametrize("language", ["sql", "plpgsql"])
def test_a_body_that_does_not_parse_is_said(language: str) -> None:
    (found,) = function("not a body", f"create function f() returns void language {language}").body
    assert isinstance(found, Unparsable)
    assert "syntax error" in found.message
