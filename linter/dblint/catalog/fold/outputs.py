"""The columns that a query puts out: their names and, as far as they follow from the catalog, their types."""

from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest

from dblint.catalog.canonical import canonical_type, parse_name
from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Column, Function, Origin, Relation, Table, View
from dblint.catalog.queries import relation_columns
from dblint.names import Name
from dblint.operations import LITERAL, Item, Query, Shape, Type, Value

UNKNOWN = Type("unknown", Name("unknown"))
"""The type of a column whose type only the server could work out."""
_BIGINT = Type("bigint", Name("bigint"))
_TEXT = Type("text", Name("text"))
_OF_NO_TYPE = frozenset(
    "record anyelement anyarray anynonarray anyenum anyrange anymultirange anycompatible anycompatiblearray"
    " anycompatiblenonarray anycompatiblerange".split()
)
"""What functions are declared to return that give what their arguments, or their callers, say."""

Named = tuple[str, Type | None]
"""A column: its name, "" for any number of columns that are not known, and its type, if it is known."""
_OPEN: Named = ("", None)
_NOWHERE = Shape()


def query_columns(catalog: Catalog, query: Query, made: Origin) -> list[Column]:
    """The columns that a query puts out; one of name "" where a `*` cannot be expanded."""
    found = _plain(catalog, query) if query.shape is None else _Reader(catalog).settled(query.shape)
    return [Column(name=name, type=kind or UNKNOWN, origin=made) for name, kind in found]


def _plain(catalog: Catalog, query: Query) -> Iterable[Named]:
    """The columns of a query whose shape the dialect does not tell: stars, and columns of the relations it names."""
    scopes: dict[int, dict[str, Relation | None]] = {}
    for use in query.tables:
        scopes.setdefault(use.scope, {})[use.alias or use.name.name] = catalog.relation(use.name)
    for output in query.outputs:
        column = output.column
        if output.star is not None:
            for use in output.star.tables:
                if output.star.qualifier in ("", use.alias or use.name.name):
                    relation = catalog.relation(use.name)
                    names = relation_columns(relation) or [""]
                    yield from ((name, _type_of(relation, name)) for name in names)
            if not output.star.tables:
                yield _OPEN
        elif column is None:
            yield output.name, None
        else:
            scope = scopes.get(column.scope, {})
            owners = [scope.get(column.qualifier)] if column.qualifier else list(scope.values())
            yield output.name, next((own for each in owners if (own := _type_of(each, column.name))), None)


class _Reader:
    """Tells the columns of shapes from what the catalog holds."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._known: dict[int, list[Named]] = {}
        """The columns of shapes and items, each worked out once, by the id of the object."""
        self._scopes: dict[int, dict[str, Type | None]] = {}

    # --- queries ---

    def settled(self, shape: Shape) -> list[Named]:
        """The columns, bare strings being text."""
        if id(shape) not in self._known:
            found = self.outputs(shape)
            self._known[id(shape)] = [(name, _TEXT if kind is LITERAL else kind) for name, kind in found]
        return self._known[id(shape)]

    def outputs(self, shape: Shape) -> list[Named]:
        if shape.arms:
            first, *others = (self.outputs(arm) for arm in shape.arms)
            if any(not name for name, _ in (*first, *(each for other in others for each in other))):
                return [(name, None) for name, _ in first]
            return [
                (name, self.common([kind, *(other[place][1] for other in others if place < len(other))]))
                for place, (name, kind) in enumerate(first)
            ]
        if shape.rows:
            columns = zip(*shape.rows, strict=False)
            return [
                (f"column{number}", self.common([self.type(value, shape) for value in values]))
                for number, values in enumerate(columns, start=1)
            ]
        found: list[Named] = []
        for name, value in shape.outputs:
            if name == "*":
                found += self._star(value.qualifier, shape)
            else:
                found.append((name, self.type(value, shape)))
        return found

    def _star(self, qualifier: str, shape: Shape) -> list[Named]:
        if not qualifier:
            return [column for item in shape.items for column in self.columns(item)]
        around: Shape | None = shape
        while around is not None:
            found = self._called(qualifier, around.items)
            if found is not None:
                return found
            around = around.around
        return [_OPEN]

    def _called(self, qualifier: str, items: Iterable[Item]) -> list[Named] | None:
        """The columns of the item of this name; a join without alias shows those of its sides."""
        schema, _, name = qualifier.rpartition(".")
        for item in items:
            if item.using_alias == qualifier:
                merged = self._merged(item)[0]
                return [each for each in self.columns(item) if each[0] in merged]
            if item.sides and not item.alias:
                found = self._called(qualifier, item.sides)
                if found is not None:
                    return found
            elif item.alias == name and (not schema or self._is(item.relation, schema)):
                return self.columns(item)
        return None

    def _is(self, relation: Name | None, schema: str) -> bool:
        return relation is not None and self._catalog.resolve(relation).schema == schema.rpartition(".")[2]

    # --- FROM ---

    def columns(self, item: Item) -> list[Named]:
        """The columns of an item of a FROM, under the names that its alias gives them."""
        if id(item) not in self._known:
            self._known[id(item)] = self._renamed(item)
        return self._known[id(item)]

    def _renamed(self, item: Item) -> list[Named]:
        found = self._own_columns(item)
        if item.ordinality:
            found = [*found, ("ordinality", _BIGINT)]
        if not item.names:
            return found
        if any(not name for name, _ in found[: len(item.names)]):
            return [_OPEN]
        return [*zip(item.names, (kind for _, kind in found), strict=False), *found[len(item.names) :]]

    def _own_columns(self, item: Item) -> list[Named]:
        if not item.known:
            return [_OPEN]
        if item.sides:
            merged, left, right = self._merged(item)
            if "" in merged:
                return [_OPEN]
            return [*merged.items(), *(each for each in (*left, *right) if each[0] not in merged)]
        if item.shape is not None:
            return self.settled(item.shape)
        if item.relation is not None:
            return self._of_relation(self._catalog.relation(item.relation))
        if item.columns:
            return [(name, canonical_type(self._catalog, kind)) for name, kind in item.columns]
        return [each for call in item.calls for each in self._of_call(call, item)]

    def _of_relation(self, relation: Relation | None) -> list[Named]:
        names = relation_columns(relation)
        if names is None or relation is None:
            return [_OPEN]
        if isinstance(relation, Table):
            return [(c.name, None if c.type == UNKNOWN else c.type) for c in relation.columns.values()]
        kinds = relation.column_types if isinstance(relation, View) else ()
        known = [None if kind == UNKNOWN else kind for kind in kinds]
        return list(zip_longest(names, known[: len(names)]))

    def _merged(self, item: Item) -> tuple[dict[str, Type | None], list[Named], list[Named]]:
        """What a join merges, with types, and what its two sides have; "" is merged where that is not known."""
        left, right = (self.columns(side) for side in item.sides)
        names = item.using
        if item.natural:
            if any(not name for name, _ in (*left, *right)):
                return {"": None}, left, right
            names = tuple(name for name, _ in left if name in dict(right))
        sides = dict(left), dict(right)
        return {name: self.common([side.get(name) for side in sides]) for name in names}, left, right

    def _of_call(self, call: Value, item: Item) -> list[Named]:
        """The columns of a function in a FROM."""
        around = item.around or _NOWHERE
        alone = len(item.calls) == 1
        shown = item.alias if alone and item.alias else call.name
        if call.kind != "call":
            return [(shown, self.type(call, around))]
        kinds = self._bases(call.parts, around)
        own = self._functions(call, kinds)
        if own:
            columns = {each.columns for each in own}
            if len(columns) > 1:
                return [_OPEN]
            if declared := columns.pop():
                return list(declared)
            row = self._row(own[0].returns.removeprefix("SETOF "))
            if row is not None:
                return row
            kind = self._returned(own)
            return [(shown, kind)] if kind is not None else [_OPEN]
        if (kind := self._of_extension(call)) is not None:
            return [(shown, kind)]
        if call.qualifier not in ("", "pg_catalog"):
            return [_OPEN]
        named = self._catalog.results.columns(call.name)
        if named:
            return [(name, Type(kind, Name(kind))) for name, kind in named]
        result = self._catalog.results.call(call.name, kinds)
        if call.name == "unnest" and len(kinds) > 1:
            each = [self._catalog.results.call("unnest", [kind]) for kind in kinds]
            return [("unnest", kind) for kind in each]
        return [(shown, result)] if result is not None or call.name in _ONE else [_OPEN]

    def _row(self, text: str) -> list[Named] | None:
        """The columns of a row type."""
        name = parse_name(text)
        relation = self._catalog.relation(name)
        if isinstance(relation, Table | View):
            return self._of_relation(relation)
        composite = self._catalog.user_type(name)
        return list(composite.attributes.items()) if composite is not None and composite.attributes else None

    # --- values ---

    def type(self, value: Value, shape: Shape) -> Type | None:
        read = _TYPES.get(value.kind)
        return read(self, value, shape) if read is not None else None

    def _bases(self, values: Sequence[Value], shape: Shape) -> list[Type | None]:
        return [self._base(self.type(value, shape)) for value in values]

    def _base(self, kind: Type | None) -> Type | None:
        """The type itself, or what a domain is of."""
        if kind is None or kind.array:
            return kind
        domain = self._catalog.domain(kind.name)
        return self._base(domain.type) if domain is not None else kind

    def common(self, kinds: Sequence[Type | None]) -> Type | None:
        known = [kind for kind in kinds if kind is not LITERAL]
        if None in known:
            return None
        if not known:
            return LITERAL
        if len(known) == len(kinds) and len({kind.text for kind in known if kind}) == 1:
            return known[0]
        return self._catalog.results.common([self._base(kind) for kind in known])

    def _functions(self, call: Value, kinds: Sequence[Type | None]) -> list[Function]:
        """The overloads that may be meant."""
        found = self._catalog.functions(Name(call.name, call.qualifier))
        taking = [each for each in found if len(each.arguments) == len(kinds)] or list(found)
        given = tuple(kind.text if kind else "" for kind in kinds)
        return [each for each in taking if each.arguments == given] or taking

    def _returned(self, functions: Sequence[Function]) -> Type | None:
        texts = {each.returns.removeprefix("SETOF ") for each in functions}
        text = texts.pop()
        if texts or not text or text.removesuffix("[]") in _OF_NO_TYPE:
            return None
        bare = text.removesuffix("[]")
        return Type(text, parse_name(bare), array=text.endswith("[]"))

    def _call(self, value: Value, shape: Shape) -> Type | None:
        kinds = self._bases(value.parts, shape)
        own = self._functions(value, kinds)
        built_in = None
        if value.qualifier in ("", "pg_catalog"):
            results = self._catalog.results
            if value.name in results.polymorphic:
                kinds = [self.type(part, shape) for part in value.parts]
            built_in = results.call(value.name, kinds)
        if own:
            return self._returned(own) if built_in is None else None
        return built_in if built_in is not None else self._of_extension(value)

    def _of_extension(self, call: Value) -> Type | None:
        found = self._catalog.of_extension(Name(call.name, call.qualifier))
        return found[0] if found is not None else None

    def _column(self, value: Value, shape: Shape | None) -> Type | None:
        while shape is not None:
            if value.qualifier:
                found = self._called(value.qualifier, shape.items)
                if found is not None:
                    return dict(found).get(value.name)
            else:
                columns = self._scope(shape)
                if value.name in columns:
                    return columns[value.name]
                if "" in columns:
                    return None
            shape = shape.around
        return None

    def _scope(self, shape: Shape) -> dict[str, Type | None]:
        """What bare names mean in a query."""
        if id(shape) not in self._scopes:
            self._scopes[id(shape)] = dict(column for item in shape.items for column in self.columns(item))
        return self._scopes[id(shape)]

    def _operator(self, value: Value, shape: Shape) -> Type | None:
        return self._catalog.results.operator(value.name, self._bases(value.parts, shape))

    def _common(self, value: Value, shape: Shape) -> Type | None:
        return self.common([self.type(part, shape) for part in value.parts])

    def _array(self, value: Value, shape: Shape) -> Type | None:
        kind = self._common(value, shape) if value.parts else None
        kind = _TEXT if kind is LITERAL else kind
        if kind is None or kind.array:
            return kind
        return Type(f"{kind.text}[]", kind.name, kind.modifiers, array=True)

    def _element(self, value: Value, shape: Shape) -> Type | None:
        kind = self.type(value.parts[0], shape)
        if kind is None or not kind.array:
            return None
        return Type(kind.text.removesuffix("[]"), kind.name, kind.modifiers)

    def _query(self, value: Value, shape: Shape) -> Type | None:
        found = self.settled(value.shape) if value.shape is not None else []
        return found[0][1] if found and found[0][0] else None


_ONE = ("generate_series", "unnest", "generate_subscripts")
"""Functions with one column, of whatever type."""
_TYPES: dict[str, Callable[[_Reader, Value, Shape], Type | None]] = {
    "type": lambda reader, value, shape: canonical_type(reader._catalog, value.type) if value.type else None,
    "literal": lambda reader, value, shape: LITERAL,
    "column": _Reader._column,
    "call": _Reader._call,
    "operator": _Reader._operator,
    "common": _Reader._common,
    "first": lambda reader, value, shape: reader.type(value.parts[0], shape),
    "array": _Reader._array,
    "element": _Reader._element,
    "query": _Reader._query,
}


def _type_of(relation: Relation | None, column: str) -> Type | None:
    """The type of a column of a table or view, if it is known."""
    kind = None
    if isinstance(relation, Table):
        kind = relation.columns[column].type if column in relation.columns else None
    elif isinstance(relation, View):
        kind = dict(zip(relation.columns, relation.column_types, strict=False)).get(column)
    return None if kind == UNKNOWN else kind
