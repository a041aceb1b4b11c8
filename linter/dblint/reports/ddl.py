"""Clauses of PostgreSQL's CREATE and ALTER statements, spelled from what the catalog holds."""

from collections.abc import Callable, Iterable

from dblint.catalog.model import Column, Constraint, Index, Policy, Trigger
from dblint.names import Name, quote
from dblint.operations import ConstraintKind, Expression, IndexKey, PartitionKey

_KEYWORDS = frozenset(
    word
    for line in (
        "all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate",
        "collation column concurrently constraint create cross current_catalog current_date current_role",
        "current_schema current_time current_timestamp current_user default deferrable desc distinct do else end",
        "except false fetch for foreign freeze from full grant group having ilike in initially inner intersect",
        "into is isnull join lateral leading left like limit localtime localtimestamp natural not notnull null",
        "offset on only or order outer overlaps placing primary references returning right select session_user",
        "similar some symmetric system_user table tablesample then to trailing true union unique user using",
        "variadic verbose when where window with",
    )
    for word in line.split()
)
"""Reserved words, which cannot be names of columns and tables unquoted (manual, appendix C)."""
_ROLE_WORDS = frozenset({"public", "current_role", "current_user", "session_user"})


def identifier(name: str) -> str:
    return f'"{name}"' if name in _KEYWORDS else quote(name)


def identifiers(names: Iterable[str]) -> str:
    return ", ".join(map(identifier, names))


def literal(text: str) -> str:
    """The text as a string constant that no setting changes the reading of."""
    quoted = "'" + text.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def qualified(name: Name, home: str = "") -> str:
    """The name with its schema, unless that is `home`."""
    if not name.schema or name.schema == home:
        return identifier(name.name)
    return f"{identifier(name.schema)}.{identifier(name.name)}"


def default_of(column: Column) -> str | None:
    return column.default_text or (column.default.text if column.default else None)


def column_definition(column: Column, *, nullable: bool = False) -> str:
    """A column of CREATE TABLE, without its constraints except NOT NULL, and without that when `nullable`."""
    parts = [identifier(column.name), column.type.text]
    if column.collation:
        parts.append(f"COLLATE {_collation(column.collation)}")
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({column.generated.text}) {(column.generated_kind or 'stored').upper()}")
    elif column.identity:
        parts.append(f"GENERATED {column.identity.upper()} AS IDENTITY")
    elif default := default_of(column):
        parts.append(f"DEFAULT {default}")
    if column.not_null and not nullable:
        parts.append("NOT NULL")
    return " ".join(parts)


def constraint_definition(constraint: Constraint, home: str = "") -> str:
    """What follows the constraint's name, as `pg_get_constraintdef` would put it."""
    parts = [_CONSTRAINTS[constraint.kind](constraint, home)]
    if constraint.no_inherit:
        parts.append("NO INHERIT")
    if constraint.deferrable:
        parts.append("DEFERRABLE INITIALLY DEFERRED" if constraint.initially_deferred else "DEFERRABLE")
    if not constraint.enforced:
        parts.append("NOT ENFORCED")
    elif not constraint.validated:
        parts.append("NOT VALID")
    return " ".join(parts)


def _key(word: str, constraint: Constraint) -> str:
    nulls = " NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""
    overlaps = " WITHOUT OVERLAPS" if constraint.without_overlaps else ""
    return f"{word}{nulls} ({identifiers(constraint.columns)}{overlaps}){_include(constraint.include)}"


def _foreign_key(constraint: Constraint, home: str) -> str:
    target = qualified(constraint.references or Name("?"), home)
    if constraint.referenced_columns:
        target += f"({identifiers(constraint.referenced_columns)})"
    parts = [f"FOREIGN KEY ({identifiers(constraint.columns)}) REFERENCES {target}"]
    if constraint.match_full:
        parts.append("MATCH FULL")
    if constraint.on_update != "no action":
        parts.append(f"ON UPDATE {constraint.on_update.upper()}")
    if constraint.on_delete != "no action":
        columns = f" ({identifiers(constraint.delete_columns)})" if constraint.delete_columns else ""
        parts.append(f"ON DELETE {constraint.on_delete.upper()}{columns}")
    return " ".join(parts)


def _exclusion(constraint: Constraint) -> str:
    pairs = zip(constraint.keys, constraint.operators, strict=False)
    keys = ", ".join(f"{index_key(key)} WITH {operator}" for key, operator in pairs)
    method = f" USING {constraint.method}" if constraint.method else ""
    return f"EXCLUDE{method} ({keys}){_include(constraint.include)}{_where(constraint.expression, parentheses=True)}"


_CONSTRAINTS: dict[ConstraintKind, Callable[[Constraint, str], str]] = {
    "primary key": lambda constraint, _: _key("PRIMARY KEY", constraint),
    "unique": lambda constraint, _: _key("UNIQUE", constraint),
    "foreign key": _foreign_key,
    "check": lambda constraint, _: f"CHECK ({constraint.expression.text if constraint.expression else 'true'})",
    "exclusion": lambda constraint, _: _exclusion(constraint),
    "not null": lambda constraint, _: f"NOT NULL {identifiers(constraint.columns)}",
}


def index_key(key: IndexKey) -> str:
    parts = [identifier(key.column) if key.expression is None else f"({key.expression.text})"]
    if key.collation:
        parts.append(f"COLLATE {_collation(key.collation)}")
    if key.operator_class:
        parts.append(key.operator_class)
    if key.descending:
        parts.append("DESC")
    if key.nulls_first is not None and key.nulls_first is not key.descending:
        parts.append("NULLS FIRST" if key.nulls_first else "NULLS LAST")
    return " ".join(parts)


def create_index(index: Index, home: str = "", *, only: bool = False) -> str:
    definition = index.definition
    unique = "UNIQUE " if definition.unique else ""
    method = f" USING {definition.method}" if definition.method != "btree" else ""
    nulls = " NULLS NOT DISTINCT" if definition.nulls_not_distinct else ""
    return (
        f"CREATE {unique}INDEX {identifier(index.name.name)} ON {'ONLY ' if only else ''}"
        f"{qualified(definition.table, home)}{method} ({', '.join(map(index_key, definition.keys))})"
        f"{_include(definition.include)}{nulls}{_where(definition.predicate)}"
    )


def partition_by(key: PartitionKey) -> str:
    return f"PARTITION BY {key.strategy.upper()} ({', '.join(map(index_key, key.keys))})"


def create_policy(policy: Policy, table: str) -> str:
    parts = [f"CREATE POLICY {identifier(policy.name)} ON {table}"]
    if not policy.permissive:
        parts.append("AS RESTRICTIVE")
    if policy.command != "all":
        parts.append(f"FOR {policy.command.upper()}")
    if tuple(policy.roles) != ("public",):
        parts.append("TO " + ", ".join(role if role in _ROLE_WORDS else identifier(role) for role in policy.roles))
    if policy.using is not None:
        parts.append(f"USING ({policy.using.text})")
    if policy.check is not None:
        parts.append(f"WITH CHECK ({policy.check.text})")
    return " ".join(parts)


def own_roles(policy: Policy) -> list[str]:
    """The roles that it names and that somebody must have created."""
    return [role for role in policy.roles if role not in _ROLE_WORDS]


def create_trigger(trigger: Trigger, table: str, home: str = "") -> str:
    """The trigger without its function's arguments, which the catalog does not keep."""
    events = [
        f"update OF {identifiers(trigger.columns)}" if event == "update" and trigger.columns else event
        for event in trigger.events
    ]
    when = f" WHEN ({trigger.when.text})" if trigger.when else ""
    return (
        f"CREATE {'CONSTRAINT ' if trigger.constraint else ''}TRIGGER {identifier(trigger.name)} "
        f"{trigger.timing.upper()} {' OR '.join(_upper_word(event) for event in events)} ON {table} "
        f"FOR EACH {'ROW' if trigger.per_row else 'STATEMENT'}{when} "
        f"EXECUTE FUNCTION {qualified(trigger.function, home)}()"
    )


def _upper_word(event: str) -> str:
    word, blank, rest = event.partition(" ")
    return word.upper() + blank + rest


def _include(columns: Iterable[str]) -> str:
    return f" INCLUDE ({identifiers(columns)})" if columns else ""


def _where(expression: Expression | None, *, parentheses: bool = False) -> str:
    if expression is None:
        return ""
    return f" WHERE ({expression.text})" if parentheses else f" WHERE {expression.text}"


def _collation(name: str) -> str:
    """A collation's name, which may have a schema, and may have a dot of its own (`en_US.utf8`)."""
    schema, dot, rest = name.partition(".")
    return f"{schema}.{identifier(rest)}" if dot and schema in ("pg_catalog", "public") else identifier(name)
