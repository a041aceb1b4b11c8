"""Renames and moves of types: whatever is of a type, or casts to it, says its new name."""

from dblint.catalog.canonical import type_named, written
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold.places import known_table, put
from dblint.catalog.fold.rewriting import rename_in_expressions, rewrite
from dblint.catalog.model import Column, Domain, Enum, Function, Origin, Table, UserType, replace
from dblint.lexer import normalise, tokens
from dblint.names import Name
from dblint.operations import Expression


def rename_type(catalog: Catalog, old: Name, new: Name, made: Origin | None = None) -> None:
    """Rename or move a type, and everything of that type."""
    types = catalog.state.types
    found = types.get(old)
    if found is None:
        return
    catalog.state.types = {new if name == old else name: value for name, value in types.items()}
    catalog.state.types[new] = replace(found, name=new, renamed_by=made or found.renamed_by)
    if old in catalog.state.uncertain:
        catalog.state.uncertain[new] = catalog.state.uncertain.pop(old)
    for constraint in found.constraints if isinstance(found, Domain) else ():
        catalog.state.constraint_tables.setdefault(Name(constraint, new.schema), {})[new] = None
    retype_users(catalog, old, new)
    rename_in_expressions(catalog, old, new, "type")


def retype_users(catalog: Catalog, old: Name, new: Name) -> None:
    """Columns, attributes, domains and routines of a type, or of a row type, that has got a new name."""
    state = catalog.state
    for table in catalog.tables():
        if table.of_type == old or any(column.type.name == old for column in table.columns.values()):
            columns = {
                key: replace(column, type=type_named(catalog, column.type, new)) if column.type.name == old else column
                for key, column in table.columns.items()
            }
            put(catalog, replace(table, columns=columns, of_type=new if table.of_type == old else table.of_type))
    for view in catalog.views():
        if old in view.types or any(kind.name == old for kind in view.column_types):
            kinds = tuple(type_named(catalog, kind, new) if kind.name == old else kind for kind in view.column_types)
            types = frozenset(new if name == old else name for name in view.types)
            put(catalog, replace(view, types=types, column_types=kinds))
    for name, made in list(state.types.items()):
        if isinstance(made, Domain) and made.type.name == old:
            state.types[name] = replace(made, type=type_named(catalog, made.type, new))
        elif isinstance(made, UserType) and any(kind.name == old for kind in made.attributes.values()):
            attributes = {
                key: type_named(catalog, kind, new) if kind.name == old else kind
                for key, kind in made.attributes.items()
            }
            state.types[name] = replace(made, attributes=attributes)
    before, after = written(catalog, old).sql, written(catalog, new).sql
    for name, overloads in list(state.functions.items()):
        state.functions[name] = tuple(_resigned(each, before, after) for each in overloads)


def _resigned(function: Function, before: str, after: str) -> Function:
    def changed(text: str) -> str:
        bare = text.removeprefix("SETOF ").removesuffix("[]")
        return text.replace(before, after) if bare == before else text

    arguments, returns = tuple(map(changed, function.arguments)), changed(function.returns)
    if (arguments, returns) == (function.arguments, function.returns):
        return function
    return replace(function, arguments=arguments, returns=returns)


def rename_label(catalog: Catalog, enum: Enum, old: str, new: str) -> None:
    """Let the literals that stand for a renamed label say its new name: the server keeps labels by number."""
    for table in catalog.tables():
        typed = {key: column for key, column in table.columns.items() if column.type.name == enum.name}
        changed: dict[str, Column] = {}
        for key, column in typed.items():
            if column.default is not None:
                text = _relabelled_default(column.default.text, old, new)
                default = replace(column.default, text=text, key=normalise(text))
                changed[key] = replace(column, default=default, default_text=text)
        if changed:
            put(catalog, replace(table, columns={**table.columns, **changed}))
        if typed:
            _relabel_table(catalog, table.name, set(typed), old, new)

    def cast(expression: Expression) -> Expression:
        return relabelled(expression, frozenset(), old, new) if enum.name in expression.types else expression

    rewrite(catalog, cast)


def _relabel_table(catalog: Catalog, name: Name, typed: set[str], old: str, new: str) -> None:
    from dblint.catalog.fold.rewriting import rewritten

    def change(expression: Expression) -> Expression:
        return relabelled(expression, typed, old, new)

    table = known_table(catalog, name)
    if isinstance(table, Table):
        defaults = {key: (column.default, column.default_text) for key, column in table.columns.items()}
        changed = rewritten(table, change)
        assert isinstance(changed, Table)
        columns = {
            key: replace(column, default=defaults[key][0], default_text=defaults[key][1])
            for key, column in changed.columns.items()
        }
        put(catalog, replace(changed, columns=columns))
    for index in catalog.indexes_of(name):
        put(catalog, rewritten(index, change))


def _relabelled_default(text: str, old: str, new: str) -> str:
    if text.startswith("'{"):
        end = text.index("}'")
        labels = [new if label.strip('" ') == old else label for label in text[2:end].split(",")]
        return "'{" + ",".join(labels) + text[end:]
    return text.replace(_literal(old), _literal(new), 1) if text.startswith(_literal(old)) else text


def _literal(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"


def relabelled(expression: Expression, typed: set[str] | frozenset[str], old: str, new: str) -> Expression:
    """The expression with its literals of the enum renamed: those nearest to one of its columns, or cast to it."""
    if old not in expression.strings:
        return expression
    text = expression.text
    known = {use.name for use in expression.columns}
    found = list(tokens(text))
    pieces: list[str] = []
    position = 0
    column = ""
    for number, token in enumerate(found):
        spelled = text[token.start : token.end]
        name = spelled.lower() if token.kind == "word" else spelled.strip('"')
        if token.kind in ("word", "quoted") and name in known:
            column = name
        if token.kind != "string" or spelled != _literal(old):
            continue
        after = [text[each.start : each.end].lower() for each in found[number + 1 : number + 3]]
        later = next((each for each in after if each in known), "")
        if (column or later) in typed or (not typed and after[:1] == ["::"]):
            pieces += (text[position : token.start], _literal(new))
            position = token.end
    text = "".join([*pieces, text[position:]])
    if text == expression.text:
        return expression
    strings = tuple(new if each == old else each for each in expression.strings)
    return replace(expression, text=text, key=normalise(text), strings=strings)
