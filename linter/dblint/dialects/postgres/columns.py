"""Columns, constraints and partition bounds, as CREATE TABLE and ALTER TABLE share them."""

from collections.abc import Sequence

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import expression, expression_of
from dblint.dialects.postgres.options import literal_text
from dblint.dialects.postgres.output_names import figured_name
from dblint.dialects.postgres.tree import (
    ColumnDef,
    Constraint,
    IndexElem,
    Node,
    PartitionBoundSpec,
    WrappedConstraint,
    items,
    opened,
    qualified,
    words,
)
from dblint.dialects.postgres.type_names import column_type
from dblint.names import Name
from dblint.operations import (
    ColumnDefinition,
    ConstraintDefinition,
    ConstraintKind,
    Expression,
    GeneratedKind,
    IdentityKind,
    IndexKey,
    PartitionBound,
    ReferentialAction,
)

KINDS: dict[str, ConstraintKind] = {
    "CONSTR_NOTNULL": "not null",
    "CONSTR_PRIMARY": "primary key",
    "CONSTR_UNIQUE": "unique",
    "CONSTR_CHECK": "check",
    "CONSTR_FOREIGN": "foreign key",
    "CONSTR_EXCLUSION": "exclusion",
}
_ACTIONS: dict[str, ReferentialAction] = {
    "a": "no action",
    "r": "restrict",
    "c": "cascade",
    "n": "set null",
    "d": "set default",
}
IDENTITIES: dict[str, IdentityKind] = {"a": "always", "d": "by default"}
_GENERATED: dict[str, GeneratedKind] = {"s": "stored", "v": "virtual"}
_STRATEGIES = {"l": "list", "r": "range", "h": "hash"}

_NULLS = {"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}

_DEFAULT = Phrases("DEFAULT")
_WHERE = Phrases("WHERE")
_AFTER_TYPE = Phrases("STORAGE", "COMPRESSION", "OPTIONS", "WITH OPTIONS")
_KEY_SUFFIX = Phrases("COLLATE", "ASC", "DESC", "NULLS FIRST", "NULLS LAST", "WITH")
_ONLY_IN_COLUMNS = frozenset(
    {
        "CONSTR_ATTR_DEFERRABLE",
        "CONSTR_ATTR_NOT_DEFERRABLE",
        "CONSTR_ATTR_DEFERRED",
        "CONSTR_ATTR_IMMEDIATE",
        "CONSTR_ATTR_ENFORCED",
        "CONSTR_ATTR_NOT_ENFORCED",
    }
)


def column_definition(site: Site, node: ColumnDef, end: int) -> ColumnDefinition:
    """The column whose definition runs from the node's location to `end`."""
    start = site.offset(node.location)
    constraints = [item.constraint for item in node.constraints]
    starts = [site.offset(constraint.location) for constraint in constraints]
    kind, serial = column_type(node.type)
    type_span = None
    if node.type is not None:
        type_start = site.offset(node.type.get("location", 0))
        type_end = starts[0] if starts else end
        if node.collation is not None:
            type_end = min(type_end, site.offset(node.collation.location))
        if node.fdwoptions or node.storage_name or node.compression:
            other = site.find(_AFTER_TYPE, type_start, type_end)
            type_end = other.start if other else type_end
        type_span = site.span(*site.trimmed(type_start, type_end))
    if not constraints:
        return ColumnDefinition(
            name=node.colname,
            type=kind,
            span=site.span(start, end),
            type_span=type_span,
            serial=serial,
            collation=collation(node),
        )
    found: list[ConstraintDefinition] = []
    default = default_span = generated = None
    identity: IdentityKind = ""
    sequence: Name | None = None
    generated_kind: GeneratedKind = ""
    not_null = False
    collated = site.offset(node.collation.location) if node.collation is not None else -1
    columns = (node.colname,)
    for number, constraint in enumerate(constraints):
        contype = constraint.contype
        if contype in _ONLY_IN_COLUMNS:
            continue
        begin = starts[number]
        after = number + 1
        attributes: list[str] = []
        while after < len(starts) and constraints[after].contype in _ONLY_IN_COLUMNS:
            attributes.append(constraints[after].contype)
            after += 1
        stop = starts[after] if after < len(starts) else end
        if begin < collated < stop:
            stop = collated
        begin, stop = site.trimmed(begin, stop)
        if contype == "CONSTR_NOTNULL" and not constraint.conname and not constraint.is_no_inherit:
            not_null = True
            found.append(ConstraintDefinition(kind="not null", span=site.span(begin, stop), columns=columns))
        elif contype == "CONSTR_DEFAULT":
            default = expression(site, constraint.raw_expr, _past_default(site, constraint, begin, stop), stop)
            default_span = site.span(begin, stop)
        elif contype == "CONSTR_IDENTITY":
            identity, sequence = IDENTITIES[constraint.generated_when], sequence_of(constraint)
        elif contype == "CONSTR_GENERATED":
            inside = site.parenthesis(begin, stop) or (begin, stop)
            generated = expression(site, constraint.raw_expr, *site.trimmed(*inside))
            generated_kind = _GENERATED.get(constraint.generated_kind, "stored")
        elif contype in KINDS:
            not_null = not_null or contype == "CONSTR_NOTNULL"
            found.append(constraint_definition(site, constraint, begin, stop, columns, attributes))
    return ColumnDefinition(
        name=node.colname,
        type=kind,
        span=site.span(start, end),
        type_span=type_span,
        not_null=not_null,
        default=default,
        default_span=default_span,
        serial=serial,
        identity=identity,
        sequence=sequence,
        generated=generated,
        generated_kind=generated_kind,
        collation=collation(node),
        constraints=tuple(found),
    )


def sequence_of(identity: Constraint) -> Name | None:
    """What SEQUENCE NAME says in GENERATED … AS IDENTITY."""
    named = [item.option.arg for item in identity.options if item.option.defname == "sequence_name"]
    return qualified(items(named[0])) if named else None


def _past_default(site: Site, node: Constraint, start: int, end: int) -> int:
    """Where the expression of DEFAULT starts; the clause may have a name before."""
    if node.conname:
        return site.after(_DEFAULT, start, end)
    return site.past_gap(start + len("DEFAULT"))


def collation(node: ColumnDef) -> str:
    """The collation's name without quotes, with its schema where one was written."""
    return ".".join(words(node.collation.collname)) if node.collation is not None else ""


def constraint_definition(
    site: Site,
    node: Constraint,
    start: int,
    end: int,
    columns: tuple[str, ...] = (),
    attributes: Sequence[str] = (),
) -> ConstraintDefinition:
    """The constraint that stands at `text[start:end]`; `columns` of an inline one, with the attributes after it."""
    kind = KINDS[node.contype]
    checked = kind in ("check", "foreign key")
    deferred = node.initdeferred or "CONSTR_ATTR_DEFERRED" in attributes
    return ConstraintDefinition(
        kind=kind,
        span=site.span(start, end),
        name=node.conname,
        columns=columns or words(node.fk_attrs) or words(node.keys),
        expression=_condition(site, node, start, end),
        references=node.pktable.name if node.pktable is not None else None,
        referenced_columns=words(node.pk_attrs),
        on_delete=_ACTIONS.get(node.fk_del_action, "no action"),
        on_update=_ACTIONS.get(node.fk_upd_action, "no action"),
        delete_columns=words(node.fk_del_set_cols),
        match_full=node.fk_matchtype == "f",
        not_valid=node.skip_validation,
        enforced=(node.is_enforced or not checked) and "CONSTR_ATTR_NOT_ENFORCED" not in attributes,
        deferrable=node.deferrable or deferred or "CONSTR_ATTR_DEFERRABLE" in attributes,
        initially_deferred=deferred,
        no_inherit=node.is_no_inherit,
        using_index=node.indexname,
        include=words(node.including),
        nulls_not_distinct=node.nulls_not_distinct,
        method=node.method,
        keys=_exclusion_keys(site, node, start, end) if node.exclusions else (),
        operators=tuple([words(pair["List"]["items"][1]["List"]["items"])[-1] for pair in node.exclusions]),
        without_overlaps=node.without_overlaps or node.fk_with_period,
    )


def _condition(site: Site, node: Constraint, start: int, end: int) -> Expression | None:
    """The expression of CHECK, or the WHERE of EXCLUDE."""
    if node.raw_expr:
        inside = site.parenthesis(start, end) or (start, end)
        return expression(site, node.raw_expr, *site.trimmed(*inside))
    if node.exclusion_where:
        inside = site.parenthesis(site.after(_WHERE, start, end), end) or (start, end)
        return expression(site, node.exclusion_where, *site.trimmed(*inside))
    return None


def _exclusion_keys(site: Site, node: Constraint, start: int, end: int) -> tuple[IndexKey, ...]:
    places, _ = site.list_in(start, end)
    keys = []
    for number, pair in enumerate(node.exclusions):
        element = pair["List"]["items"][0]["IndexElem"]
        place = places[number] if number < len(places) else (start, end)
        keys.append(
            _key(
                site,
                element.get("name", ""),
                {} if "name" in element else element["expr"],
                element.get("collation", []),
                element.get("opclass", []),
                element.get("ordering", ""),
                element.get("nulls_ordering", ""),
                place,
            )
        )
    return tuple(keys)


def index_keys(site: Site, elements: Sequence[IndexElem], places: list[tuple[int, int]]) -> tuple[IndexKey, ...]:
    """The keys of an index, each with its place in the text."""
    return tuple(
        [
            _key(
                site,
                element.name,
                {} if element.name else opened(element.expr),
                element.collation,
                element.opclass,
                element.ordering,
                element.nulls_ordering,
                place,
            )
            for element, place in zip(elements, places, strict=False)
        ]
    )


def _key(
    site: Site,
    name: str,
    node: Node,
    collation_name: list[Node],
    operator_class: list[Node],
    ordering: str,
    nulls: str,
    place: tuple[int, int],
) -> IndexKey:
    return IndexKey(
        name,
        None if name else key_expression(site, node, place),
        ".".join(words(collation_name)),
        ".".join(words(operator_class)),
        ordering == "SORTBY_DESC",
        _NULLS.get(nulls),
        site.span(*place),
        "" if name else figured_name(node) or "expr",
    )


def key_expression(site: Site, node: Node, place: tuple[int, int]) -> Expression:
    """The expression of an index or partition key, without its own parentheses and what follows it."""
    start, end = place
    inside = site.parenthesis(start, end)
    if inside is not None and site.text[start] == "(":
        return expression_of(site, node, *site.trimmed(*inside))
    if inside is not None:
        return expression_of(site, node, start, inside[1] + 1)
    suffix = site.find(_KEY_SUFFIX, start, end)
    return expression_of(site, node, *site.trimmed(start, suffix.start if suffix else end))


def partition_bound(node: PartitionBoundSpec, text: str) -> PartitionBound:
    if node.is_default:
        return PartitionBound(text, default=True)
    strategy = _STRATEGIES[node.strategy]
    if strategy == "hash":
        return PartitionBound(text, False, strategy, (str(node.modulus), str(node.remainder)))
    if strategy == "list":
        return PartitionBound(text, False, strategy, _bounds(node.listdatums))
    return PartitionBound(text, False, strategy, _bounds(node.lowerdatums), _bounds(node.upperdatums))


def _bounds(nodes: list[Node]) -> tuple[str, ...]:
    return tuple([literal_text(node) for node in nodes])


def domain_constraints(
    site: Site, wrapped: list[WrappedConstraint], end: int
) -> tuple[Expression | None, tuple[ConstraintDefinition, ...]]:
    """The default and the constraints of CREATE DOMAIN."""
    default = None
    found = []
    starts = [site.offset(item.constraint.location) for item in wrapped]
    for number, item in enumerate(wrapped):
        node = item.constraint
        start, stop = site.trimmed(starts[number], starts[number + 1] if number + 1 < len(starts) else end)
        if node.contype == "CONSTR_DEFAULT":
            default = expression(site, node.raw_expr, _past_default(site, node, start, stop), stop)
        elif node.contype in KINDS:
            found.append(constraint_definition(site, node, start, stop))
    return default, tuple(found)


def owner_column(nodes: list[Node]) -> tuple[Name, str]:
    """The table and column of `schema.table.column`."""
    spelled = words(nodes)
    return Name(spelled[-2], spelled[-3] if len(spelled) > 2 else ""), spelled[-1]
