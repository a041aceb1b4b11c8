"""The folded schema as a script of PostgreSQL DDL that makes it anew, in the order of dependencies.

Routines are written as the statement that made them, when that was a plain CREATE; otherwise, and with them
their triggers, they are comments. Privileges, owners and the kinds that the catalog remembers by name only are
not part of it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import TextIO

from dblint.catalog.model import Constraint, Domain, Function, Index, Table, Trigger, UserType, View
from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.operations import Expression
from dblint.reports.creation_order import age, parents_first, readable_first
from dblint.reports.ddl import (
    column_definition,
    constraint_definition,
    create_index,
    create_policy,
    create_trigger,
    identifier,
    identifiers,
    literal,
    own_roles,
    partition_by,
    qualified,
)
from dblint.reports.schema import lasting_sequences, lasting_tables, lasting_views, sorted_functions

_COMMENT = r"(?:\s|--[^\n]*\n|/\*.*?\*/)*"
_ROUTINE = re.compile(
    rf"{_COMMENT}create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?P<name>[^(]+)\(", re.IGNORECASE | re.DOTALL
)
_TRIGGER = re.compile(
    rf"{_COMMENT}create\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger\s+(?P<name>\S+)", re.IGNORECASE | re.DOTALL
)
_SYSTEM = ("pg_catalog", "information_schema", "pg_temp")


def write(schema: Schema, out: TextIO) -> None:
    """Write the script; it ends with the first statement that fails when run with ON_ERROR_STOP."""
    sections = [section for section in _Script(schema).sections() if section]
    out.write("\n\n".join("\n".join(section) for section in sections) + "\n")


class _Script:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        path = [name for name in schema.search_path if name not in _SYSTEM]
        self.home = path[0] if path else "public"
        self.path = list(dict.fromkeys((*path, "public")))
        self.tables = parents_first(lasting_tables(schema))
        self.known = {table.name for table in self.tables}
        self.views = readable_first(lasting_views(schema))
        self.written = {table.name for table in self.tables if table.kind != "foreign table"}
        """The relations that the script makes, so far."""
        self.unwritten: set[Name] = set()
        """Routines that are only comments."""

    def sections(self) -> Iterator[list[str]]:
        early, middle, late = self.routines()
        yield ["SET check_function_bodies = off;", self.search_path(())]
        yield self.schemas()
        yield self.extensions()
        rows = self.row_types()
        yield self.types(rows)
        yield self.sequences()
        yield early
        for table in self.tables:
            yield self.table(table)
        yield self.ownerships()
        yield [self.user_type(made) for made in rows]
        yield middle
        yield [self.constraint(t, c) for t, c in self.constraints() if c.kind != "foreign key"]
        yield self.indexes(self.written & self.known)
        yield [self.constraint(t, c) for t, c in self.constraints() if c.kind == "foreign key"]
        for view in self.views:
            yield self.view(view)
        yield self.indexes(self.written - self.known)
        yield late
        yield self.security()
        yield self.triggers()
        yield self.comments()

    def name(self, name: Name) -> str:
        return qualified(name, self.home)

    def doubt(self, name: Name, why: str | None) -> list[str]:
        """A comment that says why the object may be otherwise, or not there."""
        return [f"-- {self.name(name)}: {' '.join(why.split())}"] if why else []

    def search_path(self, first: Iterable[str]) -> str:
        return f"SET search_path = {identifiers(dict.fromkeys((*first, *self.path)))};"

    def within(self, schema: str, lines: list[str]) -> list[str]:
        """The lines, read as they were when names without a schema meant this one first."""
        if schema in ("", self.home):
            return lines
        return [self.search_path((schema,)), *lines, self.search_path(())]

    # --- schemas, types, sequences ---

    def schemas(self) -> list[str]:
        objects = [
            *(table.name for table in self.tables),
            *(view.name for view in self.views),
            *(enum.name for enum in self.schema.enums()),
            *(domain.name for domain in self.schema.domains()),
            *(made.name for made in self.schema.user_types()),
            *(function.name for function in self.schema.all_functions()),
            *(sequence.name for sequence in lasting_sequences(self.schema)),
        ]
        names = {*self.schema.schemas(), *(name.schema for name in objects)}
        names |= {each.schema for each in self.schema.extensions()}
        names -= {"", "public", *_SYSTEM}
        return [f"CREATE SCHEMA IF NOT EXISTS {identifier(name)};" for name in sorted(names)]

    def extensions(self) -> list[str]:
        return [
            f"CREATE EXTENSION IF NOT EXISTS {identifier(each.name)}"
            f"{f' SCHEMA {identifier(each.schema)}' if each.schema else ''};"
            for each in sorted(self.schema.extensions(), key=lambda each: each.name)
        ]

    def row_types(self) -> list[UserType]:
        """The composite types with a table's row in them, or with another of these: they come after the tables."""
        found: dict[Name, UserType] = {}
        others = sorted(self.schema.user_types(), key=age)
        before = -1
        while len(found) > before:
            before = len(found)
            rows = self.known | found.keys()
            for made in others:
                if any(self.schema.resolve(kind.name) in rows for kind in made.attributes.values()):
                    found[made.name] = made
        return list(found.values())

    def types(self, later: list[UserType]) -> list[str]:
        lines = []
        for enum in sorted(self.schema.enums(), key=lambda each: each.name):
            values = ", ".join(map(literal, enum.values))
            lines += self.doubt(enum.name, self.schema.uncertain(enum.name))
            lines.append(f"CREATE TYPE {self.name(enum.name)} AS ENUM ({values});")
        others: list[Domain | UserType] = [*self.schema.user_types(), *self.schema.domains()]
        for made in sorted(others, key=age):
            if made not in later:
                lines += self.doubt(made.name, self.schema.uncertain(made.name))
                lines.append(self.domain(made) if isinstance(made, Domain) else self.user_type(made))
        return lines

    def user_type(self, made: UserType) -> str:
        if made.kind != "composite":
            return f"-- {made.kind} type {self.name(made.name)}: only its name is known ({made.origin})"
        attributes = ", ".join(f"{identifier(name)} {kind.text}" for name, kind in made.attributes.items())
        return f"CREATE TYPE {self.name(made.name)} AS ({attributes});"

    def domain(self, domain: Domain) -> str:
        parts = [f"CREATE DOMAIN {self.name(domain.name)} AS {domain.type.text}"]
        if domain.default:
            parts.append(f"DEFAULT {domain.default.text}")
        if domain.not_null:
            parts.append("NOT NULL")
        late = []
        for constraint in domain.constraints.values():
            clause = f"CONSTRAINT {identifier(constraint.name)} {constraint_definition(constraint)}"
            if constraint.validated:
                parts.append(clause)
            else:
                late.append(f"\nALTER DOMAIN {self.name(domain.name)} ADD {clause};")
        return " ".join(parts) + ";" + "".join(late)

    def sequences(self) -> list[str]:
        lines = []
        for each in lasting_sequences(self.schema):
            if not each.identity:
                lines += self.doubt(each.name, self.schema.uncertain(each.name))
                kind = f" AS {each.type}" if each.type != "bigint" else ""
                lines.append(f"CREATE SEQUENCE {self.name(each.name)}{kind};")
        return lines

    def ownerships(self) -> list[str]:
        lines = []
        for each in lasting_sequences(self.schema):
            if each.owned_by is not None and not each.identity:
                table, column = each.owned_by
                owner = f"{self.name(table)}.{identifier(column)}"
                lines.append(f"ALTER SEQUENCE {self.name(each.name)} OWNED BY {owner};")
        return lines

    # --- routines ---

    def routines(self) -> tuple[list[str], list[str], list[str]]:
        """Those that columns and domains call, the rest, and those that need a view to be there."""
        called = {call.name.name for each in self.column_expressions() for call in each.functions}
        rows = {view.name.name for view in self.views}
        early: list[str] = []
        middle: list[str] = []
        late: list[str] = []
        for function in sorted_functions(self.schema):
            signature = set(re.findall(r"\w+", " ".join((*function.arguments, function.returns))))
            if signature & rows or "begin atomic" in function.body_text.lower():
                place = late
            else:
                place = early if function.name.name in called else middle
            place += self.routine(function)
        return early, middle, late

    def column_expressions(self) -> Iterator[Expression]:
        for table in self.tables:
            for column in table.columns.values():
                yield from (each for each in (column.default, column.generated) if each is not None)
        for domain in self.schema.domains():
            yield from (each.expression for each in domain.constraints.values() if each.expression is not None)

    def routine(self, function: Function) -> list[str]:
        kind = "PROCEDURE" if function.procedure else "FUNCTION"
        signature = f"{self.name(function.name)}({', '.join(function.arguments)})"
        text = function.origin.statement.text.strip().rstrip(";")
        if not _makes(_ROUTINE, text, function.name.name):
            self.unwritten.add(function.name)
            return [f"-- {kind.lower()} {signature}: its definition is not at hand ({function.origin})"]
        lines = [*self.doubt(function.name, self.schema.uncertain_routine(function.name)), f"{text};"]
        if function.security_definer and "security definer" not in " ".join(text.lower().split()):
            lines.append(f"ALTER {kind} {signature} SECURITY DEFINER;")
        return self.within(function.name.schema, lines)

    # --- tables ---

    def table(self, table: Table) -> list[str]:
        name = self.name(table.name)
        why = "some columns are not known" if table.incomplete else self.schema.uncertain(table.name)
        lines = self.doubt(table.name, why)
        if table.kind == "foreign table":
            return [*lines, f"-- foreign table {name}: its server is not known ({table.origin})"]
        unlogged = "UNLOGGED " if table.persistence == "unlogged" else ""
        cut = f" {partition_by(table.partition_by)}" if table.partition_by else ""
        if table.partition_of in self.known and table.partition_of is not None and table.bound is not None:
            parent = self.name(table.partition_of)
            return [*lines, f"CREATE {unlogged}TABLE {name} PARTITION OF {parent} {table.bound.text}{cut};"]
        if table.of_type is not None:
            return [*lines, f"CREATE {unlogged}TABLE {name} OF {self.name(table.of_type)}{cut};"]
        parents = [parent for parent in table.inherits if parent in self.known]
        lax = {c.columns for c in table.constraints.values() if c.kind == "not null" and not c.validated}
        columns = [
            "    " + column_definition(column, nullable=(key,) in lax)
            for key, column in table.columns.items()
            if column.local or not parents
        ]
        inherits = f" INHERITS ({', '.join(map(self.name, parents))})" if parents else ""
        body = "(\n" + ",\n".join(columns) + "\n)" if columns else "()"
        return [*lines, f"CREATE {unlogged}TABLE {name} {body}{inherits}{cut};"]

    def constraints(self) -> Iterator[tuple[Table, Constraint]]:
        for table in self.tables:
            if table.kind != "foreign table":
                for _, constraint in sorted(table.constraints.items()):
                    if not constraint.inherited and (constraint.kind != "not null" or not constraint.validated):
                        yield table, constraint

    def constraint(self, table: Table, constraint: Constraint) -> str:
        clause = f"CONSTRAINT {identifier(constraint.name)} {constraint_definition(constraint, self.home)}"
        made = f"ALTER TABLE {self.name(table.name)} ADD {clause};"
        if constraint.references is not None and constraint.references not in self.written:
            return f"-- the table referenced is not known: {' '.join(made.split())}"
        return made

    def indexes(self, relations: set[Name]) -> list[str]:
        """The indexes that no constraint brings; those of partitions under their own names, then attached."""
        found = sorted((each for each in self.schema.indexes() if each.table in relations), key=lambda each: each.name)
        by_name = {index.name: index for index in found}
        parents = {index.parent for index in found}
        lines: list[str] = []
        attached: list[str] = []
        for index in found:
            if self.backs_constraint(index, by_name):
                continue
            lines.append(f"{create_index(index, self.home, only=index.name in parents or not index.valid)};")
            if index.parent in by_name and index.parent is not None:
                attached.append(f"ALTER INDEX {self.name(index.parent)} ATTACH PARTITION {self.name(index.name)};")
        return lines + attached

    def backs_constraint(self, index: Index, by_name: dict[Name, Index]) -> bool:
        if index.constraint:
            return True
        parent = by_name.get(index.parent) if index.parent else None
        return parent is not None and self.backs_constraint(parent, by_name)

    # --- views, policies, triggers, comments ---

    def view(self, view: View) -> list[str]:
        kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
        for use in view.query.tables:
            relation = self.schema.resolve(use.name)
            if relation not in self.written and relation.schema not in _SYSTEM:
                why = f"it reads {self.name(relation)}, which is not known ({view.origin})"
                return [f"-- {kind.lower()} {self.name(view.name)}: {why}"]
        self.written.add(view.name)
        columns = f" ({identifiers(view.columns)})" if view.columns and all(view.columns) else ""
        options = ", ".join(f"{key} = {value}" for key, value in sorted(view.options.items()))
        given = f" WITH ({options})" if options else ""
        check = f" WITH {view.check_option.upper()} CHECK OPTION" if view.check_option else ""
        empty = " WITH NO DATA" if view.materialized and not view.populated else ""
        query = view.query.text.strip().rstrip(";")
        made = f"CREATE {kind} {self.name(view.name)}{columns}{given} AS\n{query}{check}{empty};"
        return self.within(view.name.schema, [*self.doubt(view.name, self.schema.uncertain(view.name)), made])

    def security(self) -> list[str]:
        roles: dict[str, None] = {}
        lines: list[str] = []
        for table in self.tables:
            name = self.name(table.name)
            if table.row_security:
                lines.append(f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY;")
            if table.row_security_forced:
                lines.append(f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY;")
            for _, policy in sorted(table.policies.items()):
                roles |= dict.fromkeys(own_roles(policy))
                lines.append(f"{create_policy(policy, name)};")
        return [_role(role) for role in sorted(roles)] + lines

    def triggers(self) -> list[str]:
        lines: list[str] = []
        for table in self.tables:
            name = self.name(table.name)
            for _, trigger in sorted(table.triggers.items()):
                if not trigger.inherited:
                    lines += self.trigger(table, trigger, name)
        return lines

    def trigger(self, table: Table, trigger: Trigger, name: str) -> list[str]:
        if trigger.function in self.unwritten:
            return [f"-- trigger {identifier(trigger.name)} on {name}: its function is not at hand ({trigger.origin})"]
        text = trigger.origin.statement.text.strip().rstrip(";")
        whole = _makes(_TRIGGER, text, trigger.name) and table.name.name in re.findall(r"\w+", text)
        lines = [f"{text};" if whole else f"{create_trigger(trigger, name, self.home)};"]
        if not trigger.enabled:
            lines.append(f"ALTER TABLE {name} DISABLE TRIGGER {identifier(trigger.name)};")
        return self.within(table.name.schema, lines)

    def comments(self) -> list[str]:
        lines = []
        for table in self.tables:
            if table.comment:
                lines.append(f"COMMENT ON TABLE {self.name(table.name)} IS {literal(table.comment)};")
            for column in table.columns.values():
                if column.comment:
                    place = f"{self.name(table.name)}.{identifier(column.name)}"
                    lines.append(f"COMMENT ON COLUMN {place} IS {literal(column.comment)};")
        for view in self.views:
            if view.comment:
                kind = "MATERIALIZED VIEW" if view.materialized else "VIEW"
                lines.append(f"COMMENT ON {kind} {self.name(view.name)} IS {literal(view.comment)};")
        return lines


def _role(name: str) -> str:
    """A role that a policy names; it is made, without a login, where the server does not have it."""
    found = f"SELECT FROM pg_roles WHERE rolname = {literal(name)}"
    return f"DO $$ BEGIN IF NOT EXISTS ({found}) THEN CREATE ROLE {identifier(name)} NOLOGIN; END IF; END $$;"


def _makes(pattern: re.Pattern[str], text: str, name: str) -> bool:
    """Whether the statement is the plain CREATE of an object of that name."""
    match = pattern.match(text)
    if match is None:
        return False
    written = match["name"].strip().rpartition(".")[2].strip()
    return written == f'"{name}"' or written.lower() == name.lower()
