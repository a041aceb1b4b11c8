"""Lowering of indexes, views, types, policies and all other objects: creation, change, renames and drops."""

from typing import Any

import pytest
from tests.postgres.lowering import at, lowered, summary

# SQL, and its operations: class, fields that are not their default, and the text under the span unless it is all.
CASES: list[tuple[str, list[tuple[str, dict[str, Any], str | None]]]] = [
    (
        (
            "create unique index concurrently if not exists i on only s.t using gist (a desc nulls "
            "last, (b || 'x') collate \"C\" o, lower(c) text_pattern_ops) include (d) nulls not distinct "
            "with (fillfactor = 30) where a is not null and b > ''"
        ),
        [
            (
                "CreateIndex",
                {
                    "name": "i",
                    "index": {
                        "table": "s.t",
                        "keys": [
                            {"column": "a", "descending": True, "nulls_first": False},
                            {"expression": "b || 'x'", "collation": "C", "operator_class": "o", "label": "expr"},
                            {"expression": "lower(c)", "operator_class": "text_pattern_ops", "label": "lower"},
                        ],
                        "include": ["d"],
                        "unique": True,
                        "method": "gist",
                        "predicate": "a is not null and b > ''",
                        "nulls_not_distinct": True,
                    },
                    "online": True,
                    "if_not_exists": True,
                    "only": True,
                },
                None,
            )
        ],
    ),
    (
        "create index on t (a)",
        [("CreateIndex", {"name": "", "index": {"table": "t", "keys": [{"column": "a"}]}}, None)],
    ),
    (
        "alter index i set (fillfactor = 70)",
        [("SetIndexParameter", {"name": "i", "parameter": "fillfactor"}, "set (fillfactor = 70)")],
    ),
    ("alter index i attach partition j", [("AttachIndex", {"name": "i", "child": "j"}, "attach partition j")]),
    (
        "alter index i alter column 1 set statistics 5",
        [("SetIndexParameter", {"name": "i", "parameter": "statistics"}, "alter column 1 set statistics 5")],
    ),
    ("alter index i rename to j", [("RenameIndex", {"name": "i", "new_name": "j"}, None)]),
    ("alter index i set tablespace s", [("SetTablespace", {"name": "i", "tablespace": "s"}, "set tablespace s")]),
    (
        "reindex (concurrently, verbose) table s.t",
        [("Reindex", {"kind": "table", "name": "s.t", "online": True}, None)],
    ),
    ("reindex index i", [("Reindex", {"kind": "index", "name": "i"}, None)]),
    ("reindex database", [("Reindex", {"kind": "database", "name": None}, None)]),
    (
        "create statistics st (mcv) on a, (b + 1) from s.t",
        [("CreateStatistics", {"name": "st", "table": "s.t", "columns": ["a"]}, None)],
    ),
    ("drop table a", [("DropTable", {"name": "a"}, None)]),
    (
        "drop table if exists a, s.b cascade",
        [
            ("DropTable", {"name": "a", "if_exists": True, "cascade": True}, "a"),
            ("DropTable", {"name": "s.b", "if_exists": True, "cascade": True}, "s.b"),
        ],
    ),
    (
        "drop index concurrently a, b",
        [
            ("DropIndex", {"name": "a", "online": True, "count": 2}, "a"),
            ("DropIndex", {"name": "b", "online": True, "count": 2}, "b"),
        ],
    ),
    ("drop view a", [("DropView", {"name": "a"}, None)]),
    ("drop materialized view a", [("DropView", {"name": "a", "materialized": True}, None)]),
    ("drop sequence a", [("DropSequence", {"name": "a"}, None)]),
    ("drop foreign table a", [("DropTable", {"name": "a"}, None)]),
    ("drop type a, s.b", [("DropType", {"name": "a"}, "a"), ("DropType", {"name": "s.b"}, "s.b")]),
    ("drop domain d", [("DropType", {"name": "d"}, None)]),
    (
        "drop schema a, b cascade",
        [("DropSchema", {"name": "a", "cascade": True}, "a"), ("DropSchema", {"name": "b", "cascade": True}, "b")],
    ),
    (
        "drop function f, s.g(int, text)",
        [
            ("DropFunction", {"name": "f"}, "f"),
            ("DropFunction", {"name": "s.g", "arguments": ["integer", "text"]}, "s.g(int, text)"),
        ],
    ),
    ("drop procedure p()", [("DropFunction", {"name": "p", "arguments": []}, None)]),
    ("drop trigger t on s.x cascade", [("DropTrigger", {"name": "t", "table": "s.x", "cascade": True}, None)]),
    ("drop policy if exists p on x", [("DropPolicy", {"name": "p", "table": "x", "if_exists": True}, None)]),
    ("drop extension e", [("DropObject", {"kind": "extension", "name": "e"}, None)]),
    ("drop rule r on s.x", [("DropObject", {"kind": "rule", "name": "r", "table": "s.x"}, None)]),
    ("drop cast (int as s.t)", [("DropObject", {"kind": "cast", "name": '"integer as s.t"'}, None)]),
    ("drop operator class c using btree", [("DropObject", {"kind": "operator class", "name": "c"}, None)]),
    ("drop aggregate a(int)", [("DropObject", {"kind": "aggregate", "name": "a"}, None)]),
    ("drop owned by a", [("ChangeRole", {"action": "drop owned", "role": "a"}, None)]),
    (
        "drop role if exists a, b",
        [("ChangeRole", {"action": "drop", "role": "a"}, None), ("ChangeRole", {"action": "drop", "role": "b"}, None)],
    ),
    ("drop database d", [("ServerCommand", {"command": "drop database", "drops_database": True}, None)]),
    ("drop statistics s", [("DropObject", {"kind": "statistics", "name": "s"}, None)]),
    ("drop user mapping for u server s", [("DropObject", {"kind": "user mapping", "name": "s.u"}, None)]),
    ("alter table t rename to u", [("RenameTable", {"name": "t", "new_name": "u"}, None)]),
    ("alter table t rename a to b", [("RenameColumn", {"table": "t", "column": "a", "new_name": "b"}, None)]),
    (
        "alter table t rename constraint a to b",
        [("RenameConstraint", {"table": "t", "constraint": "a", "new_name": "b"}, None)],
    ),
    ("alter view v rename to w", [("RenameObject", {"kind": "view", "name": "v", "new_name": "w"}, None)]),
    (
        "alter materialized view v rename column a to b",
        [("RenameColumn", {"table": "v", "column": "a", "new_name": "b"}, None)],
    ),
    ("alter type y rename to z", [("RenameObject", {"kind": "type", "name": "y", "new_name": "z"}, None)]),
    (
        "alter function f(int) rename to g",
        [("RenameObject", {"kind": "function", "name": "f", "new_name": "g", "arguments": ["integer"]}, None)],
    ),
    (
        "alter trigger a on t rename to b",
        [("RenameObject", {"kind": "trigger", "name": "a", "new_name": "b", "table": "t"}, None)],
    ),
    (
        "alter policy a on t rename to b",
        [("RenameObject", {"kind": "policy", "name": "a", "new_name": "b", "table": "t"}, None)],
    ),
    ("alter role a rename to b", [("RenameObject", {"kind": "role", "name": "a", "new_name": "b"}, None)]),
    ("alter schema a rename to b", [("RenameObject", {"kind": "schema", "name": "a", "new_name": "b"}, None)]),
    (
        "alter domain d rename constraint a to b",
        [("AlterDomain", {"name": "d", "action": "rename constraint", "constraint_name": "a", "new_name": "b"}, None)],
    ),
    (
        "alter type c rename attribute a to b",
        [("AlterCompositeType", {"name": "c", "action": "rename", "attribute": "a", "new_name": "b"}, None)],
    ),
    ("alter table t set schema s", [("SetSchema", {"kind": "table", "name": "t", "schema": "s"}, None)]),
    ("alter type y set schema s", [("SetSchema", {"kind": "type", "name": "y", "schema": "s"}, None)]),
    ("alter function f(int) owner to r", [("ChangeOwner", {"kind": "function", "name": "f", "owner": "r"}, None)]),
    (
        "alter view v owner to current_user",
        [("ChangeOwner", {"kind": "view", "name": "v", "owner": "current_user"}, "owner to current_user")],
    ),
    (
        "create schema if not exists s authorization r",
        [("CreateSchema", {"name": "s", "if_not_exists": True, "owner": "r"}, None)],
    ),
    (
        "create schema s create table t (a int) create index i on t (a) create view v as select 1",
        [
            ("CreateSchema", {"name": "s"}, None),
            ("CreateTable", {"name": "s.t", "columns": [{"name": "a", "type": "integer"}]}, "create table t (a int)"),
            ("CreateView", {"name": "s.v", "query": "select 1", "options": {}}, "create view v as select 1"),
            (
                "CreateIndex",
                {"name": "i", "index": {"table": "s.t", "keys": [{"column": "a"}]}},
                "create index i on t (a)",
            ),
        ],
    ),
    (
        ("create or replace view v (a, b) with (security_invoker) as select x, y from t with local check option"),
        [
            (
                "CreateView",
                {
                    "name": "v",
                    "query": "select x, y from t",
                    "columns": ["a", "b"],
                    "options": {"security_invoker": "true"},
                    "check_option": "local",
                    "or_replace": True,
                },
                None,
            )
        ],
    ),
    (
        "create recursive view r (n) as select 1",
        [("CreateView", {"name": "r", "query": "select 1", "columns": ["n"], "options": {}}, None)],
    ),
    (
        "create materialized view if not exists m as select 1 as one with no data",
        [
            (
                "CreateMaterializedView",
                {"name": "m", "query": "select 1 as one", "with_data": False, "if_not_exists": True},
                None,
            )
        ],
    ),
    ("refresh materialized view concurrently m", [("RefreshMaterializedView", {"name": "m", "online": True}, None)]),
    (
        "alter view v set (security_barrier = false)",
        [("SetViewOptions", {"name": "v", "options": {"security_barrier": "false"}}, "set (security_barrier = false)")],
    ),
    (
        "alter view v reset (security_barrier)",
        [("SetViewOptions", {"name": "v", "options": {"security_barrier": None}}, "reset (security_barrier)")],
    ),
    (
        "alter view v alter column a set default 1",
        [("AlterObject", {"kind": "view", "name": "v", "table": "v"}, "alter column a set default 1")],
    ),
    (
        "create temp sequence s as int owned by p.t.c",
        [
            (
                "CreateSequence",
                {"name": "s", "type": "integer", "owned_by": ["p.t", "c"], "persistence": "temporary"},
                None,
            )
        ],
    ),
    ("create sequence s", [("CreateSequence", {"name": "s"}, None)]),
    (
        "alter sequence if exists s owned by none",
        [("AlterSequence", {"name": "s", "disowned": True, "if_exists": True}, None)],
    ),
    ("alter sequence s as bigint", [("AlterSequence", {"name": "s", "type": "bigint"}, None)]),
    ("create type e as enum ('a', 'b')", [("CreateEnum", {"name": "e", "values": ["a", "b"]}, None)]),
    (
        "alter type e add value if not exists 'c' before 'a'",
        [("AddEnumValue", {"name": "e", "value": "c", "before": "a", "if_not_exists": True}, None)],
    ),
    ("alter type e add value 'd' after 'b'", [("AddEnumValue", {"name": "e", "value": "d", "after": "b"}, None)]),
    (
        "alter type e rename value 'a' to 'z'",
        [("RenameEnumValue", {"name": "e", "value": "a", "new_value": "z"}, None)],
    ),
    (
        "create type c as (a int, b text)",
        [
            (
                "CreateCompositeType",
                {"name": "c", "attributes": [{"name": "a", "type": "integer"}, {"name": "b", "type": "text"}]},
                None,
            )
        ],
    ),
    ("create type r as range (subtype = int)", [("CreateType", {"name": "r", "kind": "range"}, None)]),
    ("create type s", [("CreateType", {"name": "s", "kind": "shell"}, None)]),
    ("create type b (input = f, output = g)", [("CreateType", {"name": "b", "kind": "base"}, None)]),
    (
        "alter type c add attribute d int cascade, drop attribute a, alter attribute b type int",
        [
            (
                "AlterCompositeType",
                {"name": "c", "action": "add", "attribute": "d", "type": "integer", "cascade": True},
                "add attribute d int cascade",
            ),
            ("AlterCompositeType", {"name": "c", "action": "drop", "attribute": "a"}, "drop attribute a"),
            (
                "AlterCompositeType",
                {"name": "c", "action": "alter", "attribute": "b", "type": "integer"},
                "alter attribute b type int",
            ),
        ],
    ),
    (
        "create domain d as varchar(5) default 'x' not null constraint c check (value <> ')')",
        [
            (
                "CreateDomain",
                {
                    "name": "d",
                    "type": "character varying(5)",
                    "default": "'x'",
                    "constraints": [{"kind": "not null"}, {"kind": "check", "name": "c", "expression": "value <> ')'"}],
                },
                None,
            )
        ],
    ),
    (
        "alter domain d add constraint c check (value > '') not valid",
        [
            (
                "AlterDomain",
                {
                    "name": "d",
                    "action": "add constraint",
                    "constraint": {"kind": "check", "name": "c", "expression": "value > ''", "not_valid": True},
                },
                None,
            )
        ],
    ),
    (
        "alter domain d drop constraint if exists c",
        [("AlterDomain", {"name": "d", "action": "drop constraint", "constraint_name": "c", "if_exists": True}, None)],
    ),
    (
        "alter domain d validate constraint c",
        [("AlterDomain", {"name": "d", "action": "validate constraint", "constraint_name": "c"}, None)],
    ),
    ("alter domain d set default 1", [("AlterDomain", {"name": "d", "action": "set default", "default": "1"}, None)]),
    ("alter domain d drop default", [("AlterDomain", {"name": "d", "action": "drop default"}, None)]),
    ("alter domain d set not null", [("AlterDomain", {"name": "d", "action": "set not null"}, None)]),
    ("alter domain d drop not null", [("AlterDomain", {"name": "d", "action": "drop not null"}, None)]),
    ("create policy p on t", [("CreatePolicy", {"name": "p", "table": "t"}, None)]),
    (
        ("create policy p on s.t as restrictive for update to a, current_user using (x = ')') with check (true)"),
        [
            (
                "CreatePolicy",
                {
                    "name": "p",
                    "table": "s.t",
                    "command": "update",
                    "permissive": False,
                    "roles": ["a", "current_user"],
                    "using": "x = ')'",
                    "check": "true",
                },
                None,
            )
        ],
    ),
    (
        "alter policy p on t to r using (false)",
        [("AlterPolicy", {"name": "p", "table": "t", "roles": ["r"], "using": "false"}, None)],
    ),
    (
        (
            "create constraint trigger g after insert or update of a, b on t deferrable for each row "
            "when (new.a > 1) execute function s.f()"
        ),
        [
            (
                "CreateTrigger",
                {
                    "name": "g",
                    "table": "t",
                    "function": "s.f",
                    "events": ["insert", "update"],
                    "columns": ["a", "b"],
                    "per_row": True,
                    "constraint": True,
                    "when": "new.a > 1",
                },
                None,
            )
        ],
    ),
    (
        "create or replace trigger g before truncate on t execute procedure f()",
        [
            (
                "CreateTrigger",
                {
                    "name": "g",
                    "table": "t",
                    "function": "f",
                    "timing": "before",
                    "events": ["truncate"],
                    "or_replace": True,
                },
                None,
            )
        ],
    ),
    (
        "create or replace rule r as on delete to t do instead nothing",
        [("CreateRule", {"name": "r", "table": "t", "event": "delete", "or_replace": True}, None)],
    ),
    (
        "comment on column s.t.c is 'x'",
        [("Comment", {"kind": "column", "name": "s.t", "text": "x", "member": "c"}, None)],
    ),
    (
        "comment on constraint c on t is null",
        [("Comment", {"kind": "constraint", "name": "t", "text": None, "member": "c"}, None)],
    ),
    ("comment on table t is ''", [("Comment", {"kind": "table", "name": "t", "text": None}, None)]),
    ("comment on function f(int) is 'y'", [("Comment", {"kind": "function", "name": "f", "text": "y"}, None)]),
    (
        'create extension if not exists "x-y" with schema s',
        [("CreateExtension", {"name": "x-y", "schema": "s", "if_not_exists": True}, None)],
    ),
    (
        "create publication p for table a, s.b",
        [
            ("CreateObject", {"kind": "publication", "name": "p", "table": "a"}, None),
            ("AlterObject", {"kind": "publication", "name": "p", "table": "s.b"}, None),
        ],
    ),
    ("alter publication p add table c", [("AlterObject", {"kind": "publication", "name": "p", "table": "c"}, None)]),
    (
        "create event trigger e on ddl_command_end execute function f()",
        [("CreateObject", {"kind": "event trigger", "name": "e"}, None)],
    ),
    (
        "create cast (int as s.t) without function",
        [("CreateObject", {"kind": "cast", "name": '"integer as s.t"'}, None)],
    ),
    ("create server s foreign data wrapper w", [("CreateObject", {"kind": "server", "name": "s"}, None)]),
    ("create user mapping for public server s", [("CreateObject", {"kind": "user mapping", "name": "s.public"}, None)]),
    ("create language l handler h", [("CreateObject", {"kind": "language", "name": "l"}, None)]),
    ("create collation c (locale = 'x')", [("CreateObject", {"kind": "collation", "name": "c"}, None)]),
    (
        "create text search configuration c (copy = d)",
        [("CreateObject", {"kind": "text search configuration", "name": "c"}, None)],
    ),
    ("create aggregate a (int) (sfunc = f, stype = int)", [("CreateObject", {"kind": "aggregate", "name": "a"}, None)]),
    (
        "create operator + (leftarg = int, rightarg = int, function = f)",
        [("CreateObject", {"kind": "operator", "name": '"+"'}, None)],
    ),
    (
        "import foreign schema a from server b into c",
        [
            (
                "Opaque",
                {"what": "IMPORT FOREIGN SCHEMA", "reason": "the tables it makes are known to the other server"},
                None,
            )
        ],
    ),
]


@pytest.mark.parametrize(("sql", "expected"), CASES, ids=[sql[:60] for sql, _ in CASES])
def test_operations(sql: str, expected: list[tuple[str, dict[str, Any], str | None]]) -> None:
    operations = lowered(sql)
    assert [(*summary(operation), at(operation)) for operation in operations] == [
        (name, fields, sql if text is None else text) for name, fields, text in expected
    ]
    assert all(operation.statement.text == sql for operation in operations)
