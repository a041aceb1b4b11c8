"""Views, routines, triggers, policies and rules."""

from collections.abc import Callable, Iterable
from typing import Any

from dblint.catalog.canonical import canonical, canonical_type, found_type, parse_name
from dblint.catalog.catalog import TEMPORARY, Catalog
from dblint.catalog.fold.outputs import query_columns
from dblint.catalog.fold.places import (
    add_relation,
    add_trigger,
    children_of,
    known_table,
    new_name,
    note_created,
    origin,
    put,
)
from dblint.catalog.model import ColumnReference, Function, Policy, Rewrite, Table, Trigger, View, replace
from dblint.catalog.routines import is_told
from dblint.catalog.signatures import routine, signature, without_modifiers
from dblint.names import Name
from dblint.operations import (
    AlterFunction,
    AlterPolicy,
    Call,
    CreateFunction,
    CreateMaterializedView,
    CreatePolicy,
    CreateRule,
    CreateTrigger,
    CreateView,
    DisableTrigger,
    EnableTrigger,
    Expression,
    FunctionCall,
    Operation,
    Query,
    RefreshMaterializedView,
    Select,
    SetViewOptions,
)

_CHECK_OPTION = "check_option"


def create_view(catalog: Catalog, operation: CreateView | CreateMaterializedView) -> None:
    plain = isinstance(operation, CreateView)
    query = operation.query
    uses = catalog.references(query)
    # A view that reads a temporary relation is temporary too.
    temporary = isinstance(operation, CreateView) and (
        operation.temporary or any(use.relation.schema == TEMPORARY for use in uses)
    )
    name = new_name(catalog, operation.name, temporary=temporary)
    if isinstance(operation, CreateMaterializedView) and operation.if_not_exists and name in catalog.state.relations:
        return
    made = origin(catalog, operation)
    options, written = (operation.options, operation.check_option) if isinstance(operation, CreateView) else ({}, "")
    outputs = query_columns(catalog, query, made)
    columns = (*operation.columns, *(column.name for column in outputs[len(operation.columns) :]))
    before = catalog.state.relations.get(name)
    if isinstance(before, View):
        made = before.origin if not catalog.introduced(before.origin) else made
    view = View(
        name=name,
        materialized=not plain,
        query=query,
        columns=columns,
        uses=uses,
        functions=frozenset(catalog.resolve_function(call.name) for call in query.functions),
        types=frozenset(found for each in query.types if (found := found_type(catalog, each)) is not None),
        column_types=tuple(column.type for column in outputs),
        options={key: value for key, value in options.items() if key != _CHECK_OPTION},
        check_option=options.get(_CHECK_OPTION) or written,
        populated=plain or (isinstance(operation, CreateMaterializedView) and operation.with_data),
        temporary=temporary,
        owner=before.owner if isinstance(before, View) else "",
        comment=before.comment if isinstance(before, View) else "",
        origin=made,
    )
    if before is None:
        add_relation(catalog, view)
    else:
        put(catalog, view)
    for reference in uses:
        catalog.state.watch(reference.relation, name)


def set_view_options(catalog: Catalog, operation: SetViewOptions) -> None:
    view = catalog.view(operation.name)
    if view is not None:
        options = {**view.options, _CHECK_OPTION: view.check_option or None, **operation.options}
        check_option = options.pop(_CHECK_OPTION) or ""
        options = {key: value for key, value in options.items() if value is not None}
        put(catalog, replace(view, options=options, check_option=check_option))


def refresh(catalog: Catalog, operation: RefreshMaterializedView) -> None:
    view = catalog.view(operation.name)
    if view is not None:
        put(catalog, replace(view, populated=operation.with_data))


def create_function(catalog: Catalog, operation: CreateFunction) -> None:
    name = Name(catalog.key(operation.name.name), catalog.key(operation.name.schema) or catalog.creation_schema)
    arguments = signature(canonical_type(catalog, kind) for kind in operation.arguments)
    returns = without_modifiers(canonical_type(catalog, operation.returns).text) if operation.returns else ""
    function = Function(
        name=name,
        arguments=arguments,
        returns=f"SETOF {returns}" if operation.returns_set and returns else returns,
        columns=tuple((name, canonical_type(catalog, kind)) for name, kind in operation.columns),
        language=operation.language,
        volatility=operation.volatility,
        security_definer=operation.security_definer,
        settings=operation.settings,
        procedure=operation.procedure,
        body_text=operation.body_text,
        uses=frozenset(_named_by(catalog, operation.body)),
        calls=frozenset(catalog.resolve_function(call.name) for op in operation.body for call in _calls(op)),
        body=operation.body,
        dynamic=bool(operation.dynamic),
        origin=origin(catalog, operation),
    )
    overloads = catalog.state.functions.get(name, ())
    for place, other in enumerate(overloads):
        if other.arguments == arguments:
            catalog.state.functions[name] = (*overloads[:place], function, *overloads[place + 1 :])
            if len(overloads) == 1:
                catalog.state.uncertain.pop(routine(name), None)
            return
    catalog.state.functions[name] = (*overloads, function)
    if not overloads:
        catalog.state.uncertain.pop(routine(name), None)
    note_created(catalog, name)


def _calls(operation: Operation) -> Iterable[FunctionCall]:
    query = getattr(operation, "query", None)
    return query.functions if isinstance(query, Query) else ()


def _named_by(catalog: Catalog, body: Iterable[Operation]) -> Iterable[ColumnReference]:
    """The relations and columns that a body's statements name; a bare column belongs to the statement's table."""
    for operation in body:
        query = getattr(operation, "query", None)
        if isinstance(query, Query):
            yield from catalog.references(query)
        for use in getattr(operation, "reads", ()):
            yield ColumnReference(catalog.resolve(use.name))
        target = getattr(operation, "table", None)
        if not isinstance(target, Name):
            continue
        table = catalog.resolve(target)
        yield ColumnReference(table)
        for column in getattr(operation, "columns", ()):
            if isinstance(column, str):
                yield ColumnReference(table, column)
        for column, value in getattr(operation, "assignments", ()):
            yield ColumnReference(table, column)
            yield from _of_table(catalog, table, value)
        yield from _of_table(catalog, table, getattr(operation, "where", None))


def _of_table(catalog: Catalog, table: Name, expression: Expression | None) -> Iterable[ColumnReference]:
    found = known_table(catalog, table)
    if expression is not None and found is not None:
        for use in expression.columns:
            if use.name in found.columns:
                yield ColumnReference(table, use.name)


def alter_function(catalog: Catalog, operation: AlterFunction) -> None:
    name = catalog.resolve_function(operation.name)
    wanted = None
    if operation.arguments is not None:
        wanted = signature(canonical_type(catalog, kind) for kind in operation.arguments)
    changed = []
    for function in catalog.state.functions.get(name, ()):
        if wanted is None or function.arguments == wanted or len(catalog.state.functions[name]) == 1:
            settings = {**function.settings, **operation.settings}
            definer = operation.security_definer
            function = replace(
                function,
                volatility=operation.volatility or function.volatility,
                security_definer=function.security_definer if definer is None else definer,
                settings={key: value for key, value in settings.items() if value is not None},
            )
        changed.append(function)
    if changed:
        catalog.state.functions[name] = tuple(changed)


def call(catalog: Catalog, operation: Select | Call) -> None:
    """A routine that puts SQL together may have changed any table that its arguments name."""
    calls = (
        [FunctionCall(operation.name, 0, operation.literals)]
        if isinstance(operation, Call)
        else operation.query.functions
    )
    for each in calls:
        if is_told(catalog, each.name, operation):
            continue
        for name in _named_in(each.literals):
            for table in _tables_named(catalog, name):
                put(catalog, replace(table, incomplete=True))
                reason = f"{each.name} may have changed it at {operation.statement.place}"
                catalog.state.uncertain[table.name] = reason


def _tables_named(catalog: Catalog, name: Name) -> list[Table]:
    """The table of the name, or where the routine may know its schema, those of all schemas."""
    found = known_table(catalog, name)
    if found is not None or name.schema:
        return [found] if found is not None else []
    return [table for table in catalog.tables() if table.name.name == name.name]


def _named_in(literals: tuple[str, ...]) -> Iterable[Name]:
    """The relations that string arguments may name: each by itself, and pairs as schema and name."""
    for position, literal in enumerate(literals):
        yield parse_name(literal)
        for other in literals[position + 1 :]:
            yield Name(other, literal)


def create_trigger(catalog: Catalog, operation: CreateTrigger) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    trigger = Trigger(
        name=operation.name,
        function=catalog.resolve_function(operation.function),
        timing=operation.timing,
        events=operation.events,
        columns=operation.columns,
        per_row=operation.per_row,
        constraint=operation.constraint,
        when=canonical(catalog, operation.when),
        origin=origin(catalog, operation),
    )
    add_trigger(catalog, table.name, trigger)


def enable_trigger(catalog: Catalog, operation: EnableTrigger | DisableTrigger) -> None:
    enabled = isinstance(operation, EnableTrigger)
    table = known_table(catalog, operation.table)
    if table is None:
        return
    place = None if enabled else origin(catalog, operation)
    triggers = {
        key: replace(trigger, enabled=enabled, disabled_by=place)
        if operation.every or key == operation.trigger
        else trigger
        for key, trigger in table.triggers.items()
    }
    unchecked = place if operation.every and operation.trigger == "all" else table.unchecked_by
    put(catalog, replace(table, triggers=triggers, unchecked_by=unchecked))
    for child in children_of(catalog, table.name) if not operation.only else ():
        if child.partition_of == table.name:
            enable_trigger(
                catalog,
                type(operation)(
                    statement=operation.statement,
                    span=operation.span,
                    table=child.name,
                    trigger=operation.trigger,
                    every=operation.every,
                ),
            )


def create_policy(catalog: Catalog, operation: CreatePolicy) -> None:
    table = known_table(catalog, operation.table)
    if table is None:
        return
    policy = Policy(
        name=operation.name,
        command=operation.command,
        permissive=operation.permissive,
        roles=operation.roles,
        using=canonical(catalog, operation.using),
        check=canonical(catalog, operation.check),
        origin=origin(catalog, operation),
    )
    _put_policy(catalog, table, policy)


def _put_policy(catalog: Catalog, table: Table, policy: Policy) -> None:
    put(catalog, replace(table, policies={**table.policies, policy.name: policy}))
    for expression in (policy.using, policy.check):
        for use in expression.tables if expression else ():
            catalog.state.watch(use.name, table.name)


def alter_policy(catalog: Catalog, operation: AlterPolicy) -> None:
    table = known_table(catalog, operation.table)
    policy = table.policies.get(operation.name) if table else None
    if table is None or policy is None:
        return
    changed = replace(
        policy,
        roles=operation.roles if operation.roles is not None else policy.roles,
        using=canonical(catalog, operation.using) or policy.using,
        check=canonical(catalog, operation.check) or policy.check,
    )
    _put_policy(catalog, table, changed)


def create_rule(catalog: Catalog, operation: CreateRule) -> None:
    table = known_table(catalog, operation.table)
    if table is not None:
        rule = Rewrite(name=operation.name, event=operation.event, origin=origin(catalog, operation))
        put(catalog, replace(table, rules={**table.rules, rule.name: rule}))


ADVANCE: dict[type[Operation], Callable[[Catalog, Any], None]] = {
    CreateView: create_view,
    CreateMaterializedView: create_view,
    SetViewOptions: set_view_options,
    RefreshMaterializedView: refresh,
    CreateFunction: create_function,
    AlterFunction: alter_function,
    CreateTrigger: create_trigger,
    EnableTrigger: enable_trigger,
    DisableTrigger: enable_trigger,
    CreatePolicy: create_policy,
    AlterPolicy: alter_policy,
    CreateRule: create_rule,
    Select: call,
    Call: call,
}
