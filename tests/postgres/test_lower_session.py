"""Lowering of transactions, settings, maintenance, privileges and data."""

from typing import Any

import pytest
from tests.postgres.lowering import at, lowered, summary

# SQL, and its operations: class, fields that are not their default, and the text under the span unless it is all.
CASES: list[tuple[str, list[tuple[str, dict[str, Any], str | None]]]] = [
    ("begin", [("Begin", {}, None)]),
    ("start transaction read only", [("Begin", {}, None)]),
    ("commit", [("Commit", {}, None)]),
    ("end", [("Commit", {}, None)]),
    ("rollback", [("Rollback", {}, None)]),
    ("commit and chain", [("Commit", {}, None), ("Begin", {}, None)]),
    ("savepoint a", [("Savepoint", {"name": "a"}, None)]),
    ("rollback to a", [("RollbackToSavepoint", {"name": "a"}, None)]),
    ("release a", [("ReleaseSavepoint", {"name": "a"}, None)]),
    ("prepare transaction 'x'", [("Commit", {}, None)]),
    ("commit prepared 'x'", [("ServerCommand", {"command": "commit prepared"}, None)]),
    ("set lock_timeout = '5s'", [("SetVariable", {"name": "lock_timeout", "value": "5s", "values": ["5s"]}, None)]),
    (
        'set local search_path to a, "B"',
        [("SetVariable", {"name": "search_path", "value": "a, B", "values": ["a", "B"], "local": True}, None)],
    ),
    ("set x to default", [("SetVariable", {"name": "x", "value": None}, None)]),
    ("reset y", [("SetVariable", {"name": "y", "value": None}, None)]),
    ("reset all", [("SetVariable", {"name": "all", "value": None}, None)]),
    ("set time zone 'UTC'", [("SetVariable", {"name": "timezone", "value": "UTC", "values": ["UTC"]}, None)]),
    ("set transaction read only", [("SessionCommand", {"command": "transaction"}, None)]),
    ("set constraints all deferred", [("SetConstraints", {"deferred": True}, None)]),
    (
        "select set_config('search_path', 'a, b', true)",
        [
            ("Select", {"query": "select set_config('search_path', 'a, b', true)"}, None),
            ("SetVariable", {"name": "search_path", "value": "a, b", "values": ["a", "b"], "local": True}, None),
        ],
    ),
    (
        "lock table a, s.b in share mode",
        [("LockTable", {"table": "a", "mode": "share"}, "a"), ("LockTable", {"table": "s.b", "mode": "share"}, "s.b")],
    ),
    ("lock c", [("LockTable", {"table": "c", "mode": "access exclusive"}, None)]),
    ("vacuum (full) a", [("Vacuum", {"name": "a", "full": True}, None)]),
    ("vacuum", [("Vacuum", {"name": None}, None)]),
    ("analyze a, b", [("Analyze", {"name": "a"}, None), ("Analyze", {"name": "b"}, None)]),
    ("cluster a using i", [("Cluster", {"name": "a"}, None)]),
    ("checkpoint", [("SessionCommand", {"command": "checkpoint"}, None)]),
    ("show all", [("SessionCommand", {"command": "show"}, None)]),
    ("discard all", [("SessionCommand", {"command": "discard"}, None)]),
    ("listen a", [("SessionCommand", {"command": "listen"}, None)]),
    ("notify a", [("SessionCommand", {"command": "notify"}, None)]),
    ("explain select 1", [("SessionCommand", {"command": "explain"}, None)]),
    ("explain analyze delete from t", [("Delete", {"table": "t"}, "delete from t")]),
    ("prepare p as delete from t", [("Delete", {"table": "t"}, "delete from t")]),
    (
        "execute p",
        [("Opaque", {"what": "EXECUTE p", "reason": "the prepared statement is looked up when it runs"}, None)],
    ),
    ("declare c cursor for select 1", [("Select", {"query": "select 1"}, "select 1")]),
    ("close c", [("SessionCommand", {"command": "close"}, None)]),
    (
        "grant select (a), insert on s.t, u to public, r with grant option",
        [
            (
                "GrantPrivilege",
                {
                    "kind": "table",
                    "names": ["s.t", "u"],
                    "privileges": ["select", "insert"],
                    "roles": ["public", "r"],
                    "grant_option": True,
                },
                None,
            )
        ],
    ),
    (
        "grant all on all tables in schema a, b to r",
        [
            (
                "GrantPrivilege",
                {"kind": "table", "names": [], "privileges": ["all"], "roles": ["r"], "all_in_schemas": ["a", "b"]},
                None,
            )
        ],
    ),
    (
        "grant execute on function f(int) to current_user",
        [
            (
                "GrantPrivilege",
                {"kind": "function", "names": ["f"], "privileges": ["execute"], "roles": ["current_user"]},
                None,
            )
        ],
    ),
    (
        "grant usage on schema s to r",
        [("GrantPrivilege", {"kind": "schema", "names": ["s"], "privileges": ["usage"], "roles": ["r"]}, None)],
    ),
    (
        "revoke all on t from public",
        [("RevokePrivilege", {"kind": "table", "names": ["t"], "privileges": ["all"], "roles": ["public"]}, None)],
    ),
    (
        "alter default privileges for role r in schema s grant select on tables to q",
        [
            (
                "AlterDefaultPrivileges",
                {"kind": "table", "privileges": ["select"], "roles": ["q"], "schemas": ["s"]},
                None,
            )
        ],
    ),
    (
        "grant a, b to c with admin option",
        [
            ("ChangeRole", {"action": "grant", "role": "a", "options": frozenset({"admin", "to c"})}, None),
            ("ChangeRole", {"action": "grant", "role": "b", "options": frozenset({"admin", "to c"})}, None),
        ],
    ),
    ("revoke a from b", [("ChangeRole", {"action": "revoke", "role": "a", "options": frozenset({"to b"})}, None)]),
    ("create role r login", [("ChangeRole", {"action": "create", "role": "r", "options": frozenset({"login"})}, None)]),
    ("create user u", [("ChangeRole", {"action": "create", "role": "u", "options": frozenset({"login"})}, None)]),
    (
        "alter role r set x = 1",
        [("ChangeRole", {"action": "alter", "role": "r", "options": frozenset({"set x"})}, None)],
    ),
    (
        "reassign owned by a to b",
        [("ChangeRole", {"action": "reassign owned", "role": "a", "options": frozenset({"to b"})}, None)],
    ),
    ("create database d", [("ServerCommand", {"command": "create database"}, None)]),
    ("drop database d", [("ServerCommand", {"command": "drop database", "drops_database": True}, None)]),
    ("create tablespace s location '/x'", [("ServerCommand", {"command": "create tablespace"}, None)]),
    ("alter system set a = 1", [("ServerCommand", {"command": "alter system"}, None)]),
    ("alter database d set a = 1", [("AlterObject", {"kind": "database", "name": "d"}, None)]),
    ("copy t from stdin", [("Copy", {"table": "t"}, None)]),
    ("copy t to stdout", [("Copy", {"table": "t", "into": False}, None)]),
    ("copy (select 1) to stdout", [("Select", {"query": "select 1"}, "select 1")]),
    ("call s.p(1)", [("Call", {"name": "s.p"}, None)]),
    ("truncate a", [("Truncate", {"table": "a", "together": ["a"]}, None)]),
    (
        "truncate a, only s.b cascade",
        [
            ("Truncate", {"table": "a", "cascade": True, "together": ["a", "s.b"]}, "a"),
            ("Truncate", {"table": "s.b", "cascade": True, "together": ["a", "s.b"]}, "s.b"),
        ],
    ),
    (
        ("insert into s.t (a, b) values (1, 'x'), ('y'::text, lower('z')) on conflict (a) do update set a = 1"),
        [
            (
                "Insert",
                {
                    "table": "s.t",
                    "columns": ["a", "b"],
                    "rows": 2,
                    "on_conflict": "update",
                    "literals": [["b", "x"], ["a", "y"]],
                    "literal_spans": [None, None],
                },
                None,
            )
        ],
    ),
    ("insert into t default values", [("Insert", {"table": "t", "rows": 1}, None)]),
    (
        "insert into t (a) (select 1 from u) on conflict do nothing returning a",
        [
            (
                "Insert",
                {
                    "table": "t",
                    "columns": ["a"],
                    "query": "(select 1 from u)",
                    "on_conflict": "nothing",
                    "reads": ["u"],
                },
                None,
            )
        ],
    ),
    (
        "insert into t as x select b from y",
        [("Insert", {"table": "t", "query": "select b from y", "reads": ["y"]}, None)],
    ),
    (
        (
            "update s.t set a = 1, \"b\" = 'x = y', (c, d) = (select 1, 2 from z) from u where t.a = u.a "
            "and exists (select 1 from v) returning *"
        ),
        [
            (
                "Update",
                {
                    "table": "s.t",
                    "assignments": [
                        ["a", "1"],
                        ["b", "'x = y'"],
                        ["c", "(select 1, 2 from z)"],
                        ["d", "(select 1, 2 from z)"],
                    ],
                    "where": "t.a = u.a and exists (select 1 from v)",
                    "reads": ["u", "z", "v"],
                    "joined": True,
                },
                None,
            )
        ],
    ),
    ("update t set a = default", [("Update", {"table": "t", "assignments": [["a", "default"]]}, None)]),
    ("delete from t", [("Delete", {"table": "t"}, None)]),
    (
        "delete from t using a join b using (c) where t.x = a.x",
        [("Delete", {"table": "t", "where": "t.x = a.x", "reads": ["a", "b"], "joined": True}, None)],
    ),
    ("merge into t using s on t.a = s.a when matched then delete", [("Merge", {"table": "t", "reads": ["s"]}, None)]),
    (
        (
            "with a as (delete from t returning *), b as (insert into u select * from a returning x) "
            "update v set x = 1 from b, w"
        ),
        [
            ("Delete", {"table": "t"}, "delete from t returning *"),
            ("Insert", {"table": "u", "query": "select * from a"}, "insert into u select * from a returning x"),
            ("Update", {"table": "v", "assignments": [["x", "1"]], "reads": ["w"], "joined": True}, None),
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
