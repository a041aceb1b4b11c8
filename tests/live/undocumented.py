"""Compares what the fold knows beyond `dblint schema --format json`: kinship, bounds, persistence, comments, uses.

One fact is a place ("table public.t", "column a: local") and a value; a fact that one side lacks is a difference.
"""

import re
from collections.abc import Iterator
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Index, Table, UserType, View
from dblint.names import Name
from dblint.reports.ddl import partition_by
from tests.live.foldcheck import Difference
from tests.live.server import Connection
from tests.live.server_catalog import OWN_TRIGGER

Facts = dict[tuple[str, str], Any]

_OWN = "n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_toast'"
_NAME = "regexp_replace({n}.nspname, '^pg_temp_.*', 'pg_temp') || '.' || {c}.relname"


def _name(schema: str, relation: str) -> str:
    return _NAME.format(n=schema, c=relation)


_PARENTS = f"""
    SELECT {_name("pn", "p")} FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
    JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid ORDER BY h.inhseqno
"""

_TABLES = f"""
    SELECT {_name("n", "c")}, json_build_object(
        'persistence', CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' ELSE 'permanent' END,
        'parents', ARRAY({_PARENTS}),
        'partition', c.relispartition,
        'bound', pg_get_expr(c.relpartbound, c.oid),
        'partitioned by', pg_get_partkeydef(c.oid),
        'comment', coalesce(obj_description(c.oid, 'pg_class'), ''),
        'replica identity', CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' WHEN 'i' THEN 'index'
                                                ELSE 'default' END)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'f') AND {_OWN}
"""

_COLUMNS = f"""
    SELECT {_name("n", "c")}, a.attname, a.attislocal, coalesce(col_description(c.oid, a.attnum), '')
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped AND {_OWN}
"""

# The rows that a foreign key to a partitioned table has for each partition are the server's own affair.
_CONSTRAINTS = f"""
    SELECT {_name("n", "c")}, k.conname, k.coninhcount > 0, k.conislocal
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {_OWN} AND k.contype IN ('p', 'u', 'f', 'c', 'x', 'n')
      AND NOT EXISTS (SELECT FROM pg_constraint parent WHERE parent.oid = k.conparentid AND parent.conrelid = c.oid)
"""

_NOT_NULL = f"""
    SELECT {_name("n", "c")}, k.conname, a.attname, k.convalidated, k.connoinherit
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.conkey[1]
    WHERE {_OWN} AND k.contype = 'n'
"""

_INDEXES = f"""
    SELECT {_name("n", "c")}, {_name("tn", "t")}, ({_PARENTS}), i.indnullsnotdistinct,
           (SELECT k.conname FROM pg_constraint k WHERE k.conindid = c.oid AND k.conrelid = i.indrelid
            AND k.contype IN ('p', 'u', 'x'))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace tn ON tn.oid = t.relnamespace WHERE {_OWN}
"""

_TRIGGERS = f"""
    SELECT {_name("n", "c")}, t.tgname, t.tgparentid <> 0
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE {OWN_TRIGGER} AND {_OWN}
"""

_VIEWS = f"""
    SELECT {_name("n", "c")}, coalesce(obj_description(c.oid, 'pg_class'), ''), c.relispopulated,
        ARRAY(SELECT DISTINCT {_name("un", "u")} || '.' || a.attname COLLATE "C"
              FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
              JOIN pg_class u ON u.oid = d.refobjid AND d.refclassid = 'pg_class'::regclass AND u.oid <> c.oid
              JOIN pg_namespace un ON un.oid = u.relnamespace AND un.nspname <> 'pg_catalog'
              JOIN pg_attribute a ON a.attrelid = u.oid AND a.attnum = d.refobjsubid AND a.attnum > 0
              WHERE r.ev_class = c.oid ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_OWN}
"""

_SEQUENCES = f"""
    SELECT {_name("n", "c")},
        CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' ELSE 'permanent' END,
        EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'i')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND {_OWN}
"""

_COMPOSITES = f"""
    SELECT {_name("n", "c")}, a.attname, format_type(a.atttypid, a.atttypmod)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind = 'c' AND {_OWN} ORDER BY a.attnum
"""

_SCHEMAS = "SELECT nspname FROM pg_namespace n WHERE n.nspname <> 'public' AND n.nspname !~ '^pg_temp' AND " + _OWN


def _bare(text: str | None) -> str:
    """The text without what spellings differ in: blanks, quotes around numbers and their last zeros."""
    return re.sub(r"\s+|'(?=-?[\d.]+')|(?<=\d)'|\.0+(?!\d)", "", text or "").lower()


def _key(text: str | None) -> str:
    """A partition key, of which the server puts expressions into more parentheses."""
    return _bare(text).replace("(", "").replace(")", "")


def of_server(session: Connection) -> Facts:
    """The facts of a server's database; temporary relations are those of all sessions."""
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL search_path TO public")
        facts: Facts = {(f"schema {name}", "exists"): True for (name,) in session.execute(_SCHEMAS.encode())}
        for table, found in session.execute(_TABLES.encode()):
            found |= {"bound": _bare(found["bound"]), "partitioned by": _key(found["partitioned by"])}
            facts |= {(f"table {table}", key): value for key, value in found.items()}
        for table, column, local, comment in session.execute(_COLUMNS.encode()):
            facts[f"table {table}", f"column {column}: local"] = local
            facts[f"table {table}", f"column {column}: comment"] = comment
        for table, constraint, inherited, local in session.execute(_CONSTRAINTS.encode()):
            facts[f"table {table}", f"constraint {constraint}: inherited"] = inherited
            if inherited:
                facts[f"table {table}", f"constraint {constraint}: local"] = local
        for table, name, *rest in session.execute(_NOT_NULL.encode()):
            facts[f"table {table}", f"not null {name}"] = tuple(rest)
        nulls = "i.indnullsnotdistinct"
        indexes = _INDEXES if session.info.server_version >= 150000 else _INDEXES.replace(nulls, "false")
        for index, table, parent, distinct, constraint in session.execute(indexes.encode()):
            facts[f"index {index}", "table"] = table
            facts[f"index {index}", "parent"] = parent
            facts[f"index {index}", "nulls not distinct"] = distinct
            facts[f"index {index}", "constraint"] = constraint or ""
        for table, trigger, inherited in session.execute(_TRIGGERS.encode()):
            facts[f"table {table}", f"trigger {trigger}: inherited"] = inherited
        for view, comment, populated, uses in session.execute(_VIEWS.encode()):
            facts[f"view {view}", "comment"] = comment
            facts[f"view {view}", "populated"] = populated
            facts[f"view {view}", "uses"] = uses
        for sequence, persistence, identity in session.execute(_SEQUENCES.encode()):
            facts[f"sequence {sequence}", "persistence"] = persistence
            facts[f"sequence {sequence}", "identity"] = identity
        for name, attribute, attribute_type in session.execute(_COMPOSITES.encode()):
            attributes = facts.setdefault((f"type {name}", "attributes"), [])
            if attribute:
                attributes.append([attribute, attribute_type])
    return facts


def of_fold(catalog: Catalog) -> Facts:
    facts: Facts = {(f"schema {name}", "exists"): True for name in catalog.schemas() if name != "public"}
    for table in catalog.tables():
        facts |= {(f"table {_full(table.name)}", place): value for place, value in _table_facts(table)}
    for index in catalog.indexes():
        facts |= {(f"index {_full(index.name)}", place): value for place, value in _index_facts(index)}
    for view in catalog.views():
        facts |= {(f"view {_full(view.name)}", place): value for place, value in _view_facts(view)}
    for sequence in catalog.sequences():
        facts[f"sequence {_full(sequence.name)}", "persistence"] = sequence.persistence
        facts[f"sequence {_full(sequence.name)}", "identity"] = sequence.identity
    for made in catalog.state.types.values():
        if isinstance(made, UserType) and made.kind == "composite":
            attributes = [[name, _plain(kind.text)] for name, kind in made.attributes.items()]
            facts[f"type {_full(made.name)}", "attributes"] = attributes
    return facts


def _plain(text: str) -> str:
    return text.removeprefix("public.").removeprefix("pg_temp.")


def _full(name: Name) -> str:
    return f"{name.schema}.{name.name}"


def _table_facts(table: Table) -> Iterator[tuple[str, Any]]:
    parents = [table.partition_of] if table.partition_of else list(table.inherits)
    yield "persistence", table.persistence
    yield "parents", [_full(parent) for parent in parents]
    yield "partition", table.partition_of is not None
    bound = _bare(table.bound.text if table.bound else "")
    yield "bound", bound.replace("MODULUS", "modulus").replace("REMAINDER", "remainder")
    yield "partitioned by", _key(partition_by(table.partition_by)[len("PARTITION BY ") :] if table.partition_by else "")
    yield "comment", table.comment
    yield "replica identity", table.replica_identity
    for key, column in table.columns.items():
        yield f"column {key}: local", column.local
        yield f"column {key}: comment", column.comment
    for key, constraint in table.constraints.items():
        yield f"constraint {key}: inherited", constraint.inherited
        if constraint.inherited:
            yield f"constraint {key}: local", constraint.local
        if constraint.kind == "not null":
            yield f"not null {key}", (constraint.columns[0], constraint.validated, constraint.no_inherit)
    for key, trigger in table.triggers.items():
        yield f"trigger {key}: inherited", trigger.inherited


def _index_facts(index: Index) -> Iterator[tuple[str, Any]]:
    yield "table", _full(index.table)
    yield "parent", _full(index.parent) if index.parent else None
    yield "nulls not distinct", index.definition.nulls_not_distinct
    yield "constraint", index.constraint


def _view_facts(view: View) -> Iterator[tuple[str, Any]]:
    yield "comment", view.comment
    yield "populated", view.populated
    uses = {Name(use.column, _full(use.relation)) for use in view.uses if use.column and use.relation != view.name}
    yield "uses", sorted(f"{use.schema}.{use.name}" for use in uses)


def lasting(facts: Facts) -> Facts:
    """Without temporary relations, which end with the session that made them."""
    return {place: value for place, value in facts.items() if " pg_temp." not in place[0]}


def compare(server: Facts, fold: Facts) -> list[Difference]:
    """What differs; where a side lacks a whole object, or a member of it, that is one difference."""
    found: dict[tuple[str, str], Difference] = {}
    objects = [{place[0] for place in side} for side in (server, fold)]
    for name, place in sorted(server.keys() | fold.keys()):
        values = [side.get((name, place), _MISSING) for side in (server, fold)]
        if values[0] == values[1]:
            continue
        if _MISSING in values:
            place = place.partition(":")[0] if name in objects[0] & objects[1] else ""
        found.setdefault((name, place), Difference(object=name, place=place, server=values[0], fold=values[1]))
    return list(found.values())


_MISSING = "does not have it"
