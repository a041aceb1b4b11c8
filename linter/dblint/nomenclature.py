"""Every name that a history leaves in the database, and what a convention may say about each."""

from collections.abc import Iterator, Mapping
from functools import lru_cache, partial

from msgspec import Struct

from dblint.catalog.model import Constraint, Index, Origin, Sequence, Table, View, replace
from dblint.evidence import shown
from dblint.names import Name
from dblint.naming import Convention
from dblint.rule import After, Fix, Problem
from dblint.source import Span

LIMITS = {"postgres": 63, "tsql": 128, "mysql": 64}
"""The longest name that a server keeps: bytes in PostgreSQL, characters in the others."""

SINGULARS = {
    "table": "table",
    "column": "column",
    "index": "index",
    "unique_index": "unique index",
    "primary_key": "primary key",
    "unique": "unique constraint",
    "foreign_key": "foreign key",
    "check": "check constraint",
    "exclusion": "exclusion constraint",
    "sequence": "sequence",
    "view": "view",
    "materialized_view": "materialized view",
    "enum": "enum",
    "domain": "domain",
    "type": "type",
    "function": "function",
    "trigger": "trigger",
    "policy": "policy",
}
"""The kinds of objects that have names, as people speak of them."""

PLURALS = {kind: {"index": "indexes", "unique_index": "unique indexes", "policy": "policies"}.get(kind, f"{words}s")
           for kind, words in SINGULARS.items()}  # fmt: skip


CALLED = frozenset(("table", "column", "view", "materialized_view", "sequence", "enum", "domain", "type", "function"))
"""The kinds that queries call by name; names of the others stand in a migration now and then."""


class Named(Struct, frozen=True, kw_only=True):
    """One object's name. `kind` is one of SINGULARS; `table` the one that it belongs to, if it does.

    `origin` is the statement that gave it this name; `given`: the author wrote it, the server did not make it up.
    `facts`: what a template may speak of.
    """

    kind: str
    name: str
    origin: Origin
    table: Name | None = None
    schema: str = ""
    given: bool = True
    facts: Mapping[str, str] = {}

    @property
    def place(self) -> Span:
        """Where the name stands in the SQL, with its quotes; the whole clause where it is not written."""
        return _find(self.origin, self.name) or self.origin.span

    @property
    def quoted(self) -> bool:
        """Whether the SQL writes it in quotes."""
        place = _find(self.origin, self.name)
        return place is not None and self.origin.statement.source.text[place.start] in _QUOTES


_QUOTES = '"`[]'


def _find(origin: Origin, name: str) -> Span | None:
    """The name as a whole word: its first occurrence, which in the clause that makes or renames the object is that
    of it. In the very same capitals, if it occurs so."""
    text = origin.statement.source.text[origin.span.start : origin.span.end]
    found = _word(text, name) or _word(text.lower(), name.lower())
    return Span(origin.span.start + found[0], origin.span.start + found[1]) if found else None


def _word(text: str, word: str) -> tuple[int, int] | None:
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        before, after = text[at - 1 : at], text[end : end + 1]
        if before and before in _QUOTES and after and after in _QUOTES:
            return at - 1, end + 1
        if not (_goes_on(before) or _goes_on(after)):
            return at, end
        at = text.find(word, at + 1)
    return None


def _goes_on(character: str) -> bool:
    return character.isalnum() or (character != "" and character in "_$" + _QUOTES)


@lru_cache(maxsize=1)
def names(after: After) -> tuple[Named, ...]:
    """Every name at the end of the history, but those of temporary objects, of partitions and of what the server
    makes of its own accord for a child of a table."""
    schema = after.schema
    found: list[Named] = []
    for table in schema.tables():
        if table.partition_of is None and not schema.is_temporary(table.name):
            found += _of_table(table)
    for index in schema.indexes():
        if not index.constraint and index.parent is None and not schema.is_temporary(index.name):
            found.append(_of_index(index))
    for view in schema.views():
        if not schema.is_temporary(view.name):
            found.append(_of_view(view))
    found += (_of_sequence(sequence) for sequence in schema.sequences() if not schema.is_temporary(sequence.name))
    for kind, types in (("enum", schema.enums()), ("domain", schema.domains()), ("type", schema.user_types())):
        for each in types:
            found.append(_relation(kind, each.name, each.renamed_by or each.origin))
    seen: set[Name] = set()
    for function in schema.all_functions():
        if function.name not in seen:
            seen.add(function.name)
            found.append(_relation("function", function.name, function.renamed_by or function.origin))
    return tuple(found) if after.dialect == "postgres" else tuple(map(_spelled, found))


def _spelled(named: Named) -> Named:
    """In the capitals that the SQL has: where they do not count, the catalog keeps those that it saw first."""
    place = _find(named.origin, named.name)
    return replace(named, name=named.origin.statement.source.slice(place).strip(_QUOTES)) if place else named


def _relation(kind: str, name: Name, origin: Origin) -> Named:
    return Named(kind=kind, name=name.name, schema=name.schema, origin=origin, facts={"schema": name.schema})


def _of_table(table: Table) -> Iterator[Named]:
    name = table.name
    facts = {"schema": name.schema, "table": name.name}
    yield _relation("table", name, table.renamed_by or table.origin)

    def member(kind: str, own: str, origin: Origin, given: bool = True, more: Mapping[str, str] = {}) -> Named:
        return Named(
            kind=kind, name=own, table=name, schema=name.schema, origin=origin, given=given, facts={**facts, **more}
        )

    for column in table.columns.values():
        if column.local:
            yield member("column", column.name, column.renamed_by or column.origin)
    for constraint in table.constraints.values():
        if constraint.kind != "not null" and not constraint.inherited:
            kind = constraint.kind.replace(" ", "_")
            origin = constraint.renamed_by or constraint.origin
            yield member(kind, constraint.name, origin, constraint.named, _keys(constraint))
    for trigger in table.triggers.values():
        if not trigger.inherited:
            yield member("trigger", trigger.name, trigger.renamed_by or trigger.origin)
    for policy in table.policies.values():
        yield member("policy", policy.name, policy.renamed_by or policy.origin)


def _keys(constraint: Constraint) -> Mapping[str, str]:
    facts = {}
    if constraint.columns:
        facts["columns"] = "_".join(constraint.columns)
    if len(constraint.columns) == 1:
        facts["column"] = constraint.columns[0]
    if constraint.references is not None:
        facts["referenced_table"] = constraint.references.name
    if constraint.referenced_columns:
        facts["referenced_columns"] = "_".join(constraint.referenced_columns)
    return facts


def _of_index(index: Index) -> Named:
    facts = {"schema": index.table.schema, "table": index.table.name}
    if all(index.columns):
        facts["columns"] = "_".join(index.columns)
        if len(index.columns) == 1:
            facts["column"] = index.columns[0]
    return Named(
        kind="unique_index" if index.definition.unique else "index",
        name=index.name.name,
        table=index.table,
        schema=index.name.schema,
        origin=index.renamed_by or index.origin,
        given=index.named,
        facts=facts,
    )


def _of_view(view: View) -> Named:
    kind = "materialized_view" if view.materialized else "view"
    return _relation(kind, view.name, view.renamed_by or view.origin)


def _of_sequence(sequence: Sequence) -> Named:
    table, column = sequence.owned_by or (None, "")
    facts = {"schema": sequence.name.schema}
    if table is not None:
        facts |= {"table": table.name, "column": column, "columns": column}
    origin = sequence.renamed_by or sequence.origin
    return Named(
        kind="sequence",
        name=sequence.name.name,
        table=table,
        schema=sequence.name.schema,
        origin=origin,
        given=sequence.renamed_by is not None or _find(origin, sequence.name.name) is not None,
        facts=facts,
    )


# --- conventions that are declared ------------------------------------------------------------------


def unconventional(after: After, *kinds: str) -> Iterator[Problem]:
    """A problem for each name of these kinds that breaks the convention which `[naming]` declares for its kind."""
    declared: dict[str, tuple[str, ...]] = {}
    for kind in kinds:
        keys = tuple(key for key in _KEYS.get(kind, (kind,)) if getattr(after.config.naming, key) is not None)
        if keys:
            declared[kind] = keys
    if not declared:
        return
    for named in names(after):
        keys = declared.get(named.kind, ())
        if keys and not any(_follows(after, named, key) for key in keys):
            yield _deviation(after, named, keys[0])


_KEYS = {"unique_index": ("unique", "index")}
"""The settings of `[naming]` any of which a kind may follow, where that is not the one of its name."""


def _follows(after: After, named: Named, key: str) -> bool:
    convention: Convention = getattr(after.config.naming, key)
    if after.dialect == "postgres":
        return convention.matches(named.name, named.facts, limit=LIMITS[after.dialect])
    if not named.given:
        return False
    facts = {fact: _as_in(value, named.name) for fact, value in named.facts.items()}
    return convention.matches(named.name, facts, limit=LIMITS[after.dialect])


def _as_in(value: str, name: str) -> str:
    """The value in the capitals that it has within the name."""
    at = name.lower().find(value.lower())
    return value if at < 0 else name[at : at + len(value)]


def _deviation(after: After, named: Named, key: str) -> Problem:
    convention: Convention = getattr(after.config.naming, key)
    expected = convention.expected(named.facts)
    setting = f"naming.{key.replace('_', '-')}"
    why = (
        [f"by the convention it is {expected}"]
        if expected != convention.text and not {"{", "*"} & set(expected)
        else []
    )
    if reason := after.config.reason(setting):
        why.append(f"{setting} is declared in {reason}")
    return Problem(
        message=f"{subject(after, named)} breaks the convention for {PLURALS[named.kind]}: {convention}",
        origin=named.origin,
        span=named.place,
        why=tuple(why),
        object=label(after, named),
        fix=partial(_renamed, after, named, convention),
    )


def _renamed(after: After, named: Named, convention: Convention) -> Fix | None:
    from dblint.renaming import conventional, renamed

    new = conventional(named, convention)
    return renamed(after, named, new) if new else None


def label(after: After, named: Named) -> str:
    """The object for reports: `orders`, `orders.total`, `orders.orders_check`."""
    owner = shown(after.schema, named.table) if named.table is not None else None
    name = shown(after.schema, Name(named.name, named.schema)) if owner is None else Name(named.name)
    return f"{owner}.{name}" if owner else str(name)


def subject(after: After, named: Named) -> str:
    """The object as the subject of a message: `orders`, `orders.total`, `orders_check on orders`."""
    if named.kind == "column" and named.table is not None:
        return f"{shown(after.schema, named.table)}.{Name(named.name)}"
    if not named.given and named.table is not None:
        name = f" {named.name}" if after.dialect == "postgres" else ""
        kind = SINGULARS[named.kind]
        article = "an" if kind[0] in "aeio" else "a"
        return f"the server's name{name} for {article} {kind} of {shown(after.schema, named.table)}"
    if named.table is None:
        return str(shown(after.schema, Name(named.name, named.schema)))
    return f"{Name(named.name)} on {shown(after.schema, named.table)}"
