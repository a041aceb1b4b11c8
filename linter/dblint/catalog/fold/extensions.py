"""Extensions: what one makes comes, moves and goes with it, as far as the dialect knows it.

Its types are in the catalog as `ExtensionType`, its functions as names without overloads.
"""

from collections.abc import Callable
from typing import Any

from dblint.catalog.catalog import Catalog
from dblint.catalog.dependencies import users_of_function
from dblint.catalog.fold.drops import apply_object, apply_schema, drop_dependent, drop_relation, drop_type
from dblint.catalog.fold.places import origin
from dblint.catalog.fold.renames import move_function, set_schema
from dblint.catalog.fold.type_names import rename_type
from dblint.catalog.model import Extension, ExtensionType, Index, replace
from dblint.catalog.results import Made
from dblint.names import Name
from dblint.operations import CreateExtension, DropObject, DropSchema, Operation, SetSchema


def create_extension(catalog: Catalog, operation: CreateExtension) -> None:
    state = catalog.state
    if operation.name in state.extensions:
        return
    made = catalog.results.extension(operation.name)
    for needed in made.requires if made is not None and operation.cascade else ():
        create_extension(catalog, replace(operation, name=needed))
    where = origin(catalog, operation)
    home = operation.schema or catalog.creation_schema
    state.extensions[operation.name] = Extension(name=operation.name, schema=operation.schema, home=home, origin=where)
    for name in [Name(each, home) for each in made.types] if made is not None else ():
        state.types.setdefault(name, ExtensionType(name=name, extension=operation.name, origin=where))
    for function in made.functions if made is not None else ():
        state.functions.setdefault(Name(function, home), ())


def drop(catalog: Catalog, operation: DropObject) -> None:
    if operation.kind == "extension":
        _remove(catalog, operation.name.name)
    else:
        apply_object(catalog, operation)


def drop_schema(catalog: Catalog, operation: DropSchema) -> None:
    schema = catalog.key(operation.name)
    for extension in [each.name for each in catalog.state.extensions.values() if each.home == schema]:
        _remove(catalog, extension)
    apply_schema(catalog, operation)


def _remove(catalog: Catalog, name: str) -> None:
    extension = catalog.state.extensions.pop(name, None)
    made = catalog.results.extension(name)
    if extension is None or made is None:
        return
    for index in list(catalog.indexes()):
        if index.name in catalog.state.relations and _rests_on(catalog, index, made):
            drop_relation(catalog, index.name)
    for function in made.functions:
        full = Name(function, extension.home)
        if catalog.state.functions.get(full) == ():
            users = users_of_function(catalog, full)
            del catalog.state.functions[full]
            for user in users:
                drop_dependent(catalog, user)
    for kind in made.types:
        drop_type(catalog, Name(kind, extension.home))


def _rests_on(catalog: Catalog, index: Index, made: Made) -> bool:
    """Whether a key of an index is of an operator class of the extension."""
    for key in index.definition.keys:
        if key.operator_class.rpartition(".")[2] in made.classes:
            return True
        column = catalog.column(index.table, key.column) if key.column and not key.operator_class else None
        if column is not None and index.definition.method == made.method:
            return not column.type.array and column.type.text.partition("(")[0].strip() in made.scalars
    return False


def move(catalog: Catalog, operation: SetSchema) -> None:
    if operation.kind != "extension":
        set_schema(catalog, operation)
        return
    state, name = catalog.state, operation.name.name
    extension = state.extensions.get(name)
    if extension is None:
        return
    schema = catalog.key(operation.schema)
    state.extensions[name] = replace(extension, schema=schema, home=schema)
    made = catalog.results.extension(name)
    for kind in made.types if made is not None else ():
        rename_type(catalog, Name(kind, extension.home), Name(kind, schema))
    for function in made.functions if made is not None else ():
        old = Name(function, extension.home)
        if state.functions.get(old) == ():
            del state.functions[old]
            state.functions.setdefault(Name(function, schema), ())
            move_function(catalog, old, Name(function, schema))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    CreateExtension: create_extension,
    DropObject: drop,
    DropSchema: drop_schema,
    SetSchema: move,
}
