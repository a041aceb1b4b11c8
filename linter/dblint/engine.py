"""One pass over a history: price, check, advance, and at the end the state itself is checked."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.difference import Difference
from dblint.blueprint.sheet import BLUEPRINT, placed
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.catalog.fold.session import begin, commit, end_session
from dblint.catalog.model import Domain, Enum, Function, Index, Origin, Sequence, Table, View
from dblint.catalog.schema import Schema
from dblint.config import Config
from dblint.dialects import Dialect
from dblint.errors import RuleCrash
from dblint.impact import Impact, union
from dblint.inversion import MigrationUndone, undone
from dblint.migrations.model import History, Migration, Remark, Transactions
from dblint.names import Name
from dblint.operations import (
    Begin,
    Commit,
    CreateIndex,
    DetachPartition,
    DropIndex,
    MigrationBegin,
    MigrationEnd,
    Opaque,
    Operation,
    Reindex,
    Rollback,
    RollbackToSavepoint,
    ServerCommand,
    Unparsable,
    Vacuum,
)
from dblint.policy import policy_of
from dblint.reading import Statements, reading
from dblint.rule import After, Before, Check, Context, Finding, Fix, Problem, Related, Rule, Severity, Unread
from dblint.seeds import seeds_of
from dblint.source import Source, Span, Statement
from dblint.suppressions import Allowance

if TYPE_CHECKING:
    from dblint.blueprint.declaration import Declared

Dispatch = Mapping[type, list[tuple[Rule, Check]]]


class Counts(Struct):
    """What a pass went through."""

    migrations: int = 0
    checked: int = 0
    statements: int = 0


class StatementImpact(Struct, frozen=True, kw_only=True):
    """The price of one whole statement."""

    statement: Statement
    migration: Migration
    impact: Impact
    uncertain: str = ""


class Pass:
    """The fold of one history, and what its rules had to say.

    `severities`: the rules in force with their grade; `grades`: the same for a file, by its path, where they are
    not the same in all. `change`: the numbers of the migrations whose problems are
    wanted, and whose objects are new; None checks each migration in turn as if it were the change. `edited`:
    those that are checked too, but each in turn, as they are older than the change. `observe`: called with the
    price of each checked statement (for `dblint impact`). `editable`: whether a migration's text may still change;
    without it no fixes are made. `blueprint`: what the history is held against. `whole`: the history is all there is,
    so that what it does not make is not built.
    """

    def __init__(
        self,
        history: History,
        dialect: Dialect,
        *,
        version: int,
        config: Config,
        rules: Iterable[Rule],
        severities: Mapping[str, Severity],
        grades: Callable[[str], Mapping[str, Severity]] | None = None,
        options: dict[type, Any],
        change: frozenset[int] | None = None,
        edited: frozenset[int] = frozenset(),
        observe: Callable[[StatementImpact], None] | None = None,
        editable: Callable[[int], bool] | None = None,
        blueprint: Blueprint | None = None,
        whole: bool = True,
    ) -> None:
        self.history = history
        self.dialect = dialect
        self.severities = severities
        self.grades = grades or (lambda path: severities)
        self.change = change
        self.edited = edited
        self.observe = observe
        self.fixing = editable is not None
        self.counts = Counts()
        self.unread: list[Unread] = []
        self.findings: list[Finding] = []
        self.awaiting: list[tuple[Rule, Problem, Operation]] = []
        """Problems of the migration under way that its end may mend."""
        self.operations: list[Operation] = []
        """Of the migration under way, if it is checked."""
        self.catalog = Catalog(
            default_schema=dialect.default_schema,
            ignore_case=dialect.ignore_case,
            builtin_volatility=dialect.builtin_volatility,
            in_call=dialect.in_call,
            version=version,
        )
        self.catalog.code_steps = _named_in_code(history)
        self.context = Context(
            schema=self.catalog,
            history=history,
            dialect=dialect.name,
            version=version,
            config=config,
            options=options,
            price=dialect.impact,
            editable=editable or (lambda number: False),
            blueprint=blueprint,
            declared=_declared(blueprint, dialect, version),
            whole=whole,
            policy=policy_of(config, blueprint),
            seeds=seeds_of(blueprint, dialect.read),
        )
        self.applying = [rule for rule in rules if rule.applies is None or rule.applies(self.context)]
        self.dispatch = dispatch_table(self.applying, dialect.name)
        self.waiting: set[Statement] = set()
        """The statements of the tables that are declared and not built."""

    def checks(self, number: int) -> bool:
        """Whether the problems of the migration with this number are wanted."""
        return self.change is None or number in self.change or number in self.edited

    def in_force(self) -> dict[str, Severity]:
        """The rules that had anything to look for in this history, with their severities."""
        dialect = self.dialect.name
        applying = [rule for rule in self.applying if not rule.dialects or dialect in rule.dialects]
        return {rule.name: self.severities[rule.name] for rule in applying}

    def run(self) -> None:
        for seed in self.context.seeds:
            self._note_unread(seed.statements)
        with reading(self.history, self.dialect.read) as statements_of:
            for migration in self.history.migrations:
                self._migrate(migration, statements_of(migration))
        if self.catalog.transaction is not None:
            commit(self.catalog)
        if self.change is not None:
            self.catalog.change = self.change
        self._judge_state()
        self.findings.sort(key=lambda f: (f.source.path, f.span, f.rule, f.message))

    # --- one migration ---

    def _migrate(self, migration: Migration, statements: Statements) -> None:
        catalog = self.catalog
        checked = self.checks(migration.number)
        self._count(checked, statements)
        self.operations = [o for _, operations in statements for o in operations] if checked else []
        catalog.migration = migration.number
        catalog.state.dropped.clear()
        catalog.unguarded = False
        in_turn = self.change is None or migration.number in self.edited
        catalog.change = frozenset((migration.number,)) if in_turn else self.change
        catalog.keeps_undo = any(
            type(operation) in _UNDOING for _, operations in statements for operation in operations
        )
        together = migration.transactions is Transactions.BATCH and checked and not in_turn
        if not (together and catalog.transaction is not None):
            if catalog.transaction is not None:
                commit(catalog)
            end_session(catalog)  # each migration comes over a connection of its own
        edge = Statement(migration.source, Span(0, 0))
        earlier = catalog.state.copy() if checked and migration.down and MigrationUndone in self.dispatch else None
        if checked:
            self._check(MigrationBegin(statement=edge, span=edge.span), migration)
        mode = self._open(migration, edge, statements)
        for statement, operations in statements:
            alone = mode is Transactions.STATEMENT or (catalog.transaction is None and is_one_transaction(operations))
            if alone or (mode is Transactions.STRING and catalog.transaction is None):
                begin(catalog, edge, explicit=False)
            self._run(statement, operations, migration, checked)
            if alone:
                commit(catalog)
        if checked:
            self._settle(migration)
            self._check(MigrationEnd(statement=edge, span=edge.span), migration)
        if catalog.transaction is not None and not together:
            commit(catalog)
        if earlier is not None:
            self._check(undone(catalog, earlier, migration, self.operations, self.dialect), migration)

    def _open(self, migration: Migration, edge: Statement, statements: Statements) -> Transactions:
        """Open the runner's transaction; the mode that is left to see to statement by statement."""
        mode = migration.transactions
        if mode in (Transactions.DETECTED, Transactions.ASSUMED):
            refusing = [any(map(refuses_transaction, operations)) for _, operations in statements]
            alone = all(refusing) if mode is Transactions.DETECTED else any(refusing)
            mode = Transactions.NONE if alone and statements else Transactions.FILE
        if mode in (Transactions.FILE, Transactions.BATCH):
            begin(self.catalog, edge, explicit=False)
        elif mode is Transactions.STRING and len(statements) == 1:
            return Transactions.NONE
        return mode

    def _count(self, checked: bool, statements: Statements) -> None:
        counts = self.counts
        counts.migrations += 1
        counts.checked += checked
        counts.statements += len(statements) if checked else 0
        self._note_unread(statements)

    def _note_unread(self, statements: Iterable[tuple[Statement, list[Operation]]]) -> None:
        for _, operations in statements:
            for operation in operations:
                if type(operation) not in _UNREAD:
                    continue
                if isinstance(operation, Opaque):
                    reason = f"{operation.what}: {operation.reason}"
                    self.unread.append(Unread("opaque", operation.source, operation.span, reason))
                elif isinstance(operation, Unparsable):
                    self.unread.append(Unread("unparsable", operation.source, operation.span, operation.message))
                break  # said once per statement

    def _run(self, statement: Statement, operations: list[Operation], migration: Migration, checked: bool) -> None:
        catalog = self.catalog
        if not checked:
            for operation in operations:
                advance(catalog, operation)
                for inner in catalog.called(operation):
                    advance(catalog, inner)
            return
        prices: list[Impact] = []
        doubts: list[str] = []
        for operation in self._unfolded(operations):
            if operation.guards and any(catalog.holds(guard) is False for guard in operation.guards):
                continue
            before = self._check(operation, migration)
            if self.observe is not None:
                prices.append(before.impact)
                doubts += _doubts(catalog, operation, before.impact)
            if type(operation) is not Begin:
                catalog.hold(before.impact, operation)
            advance(catalog, operation)
        if self.observe is not None:
            self.observe(
                StatementImpact(
                    statement=statement,
                    migration=migration,
                    impact=union(prices),
                    uncertain=next(iter(doubts), ""),
                )
            )

    def _unfolded(self, operations: list[Operation]) -> Iterator[Operation]:
        """The operations, each call of the history's own routines followed by what their bodies do."""
        for operation in operations:
            yield operation
            yield from self.catalog.called(operation)

    def _check(self, operation: Operation, migration: Migration) -> Before:
        before = Before(self.context, operation, migration, self.operations)
        for rule, check in self.dispatch.get(type(operation), ()):
            try:
                for problem in check(operation, before):
                    problem = self._with_fix(problem)
                    if problem.unless is not None:
                        self.awaiting.append((rule, problem, operation))
                    else:
                        self._report(rule, problem, operation, migration.number)
            except Exception as error:
                raise RuleCrash(rule.name, operation.statement, error) from error
        return before

    def _with_fix(self, problem: Problem, schema: Schema | None = None) -> Problem:
        """The problem with its fix made, while the schema is as the check saw it. What the declared schema alone is
        judged by has none: its statements stand in no file. (A difference is judged with the built one.)"""
        if problem.fix is None:
            return problem
        if not self.fixing or schema not in (None, self.catalog):
            return replace(problem, fix=None)
        return replace(problem, fix=problem.fix() if callable(problem.fix) else problem.fix)

    def _settle(self, migration: Migration) -> None:
        """Report the problems that the migration has not mended by its end."""
        for rule, problem, operation in self.awaiting:
            try:
                mended = problem.unless is not None and problem.unless(self.catalog)
            except Exception as error:
                raise RuleCrash(rule.name, operation.statement, error) from error
            if not mended:
                self._report(rule, problem, operation, migration.number)
        self.awaiting.clear()

    # --- the state at the end ---

    def _judge_state(self) -> None:
        after = After(self.context)
        catalog = self.catalog
        for kind, objects in (
            (Table, (t for t in catalog.tables() if not t.incomplete)),
            (View, catalog.views()),
            (Index, catalog.indexes()),
            (Sequence, catalog.sequences()),
            (Function, catalog.all_functions()),
            (Enum, catalog.enums()),
            (Domain, catalog.domains()),
            (Remark, self.history.remarks),
            (History, (self.history,)),
        ):
            self._judge(kind, objects, after)
        blueprint, declared = self.context.blueprint, self.context.declared
        if blueprint is not None:
            self._judge(Blueprint, (blueprint,), after)
        if blueprint is not None and declared is not None and self.context.whole:
            if self.history.migrations:
                from dblint.blueprint.drift import differences

                self._judge(Difference, differences(blueprint, declared, catalog), after)
            self._judge_declared(declared)

    def _judge_declared(self, declared: "Declared") -> None:
        """Check the state of the tables that are only declared: of the others, the built ones were checked, and in
        what these differ is drift."""
        after = After(replace(self.context, schema=declared.catalog))
        waiting = {name for name in declared.tables if self.catalog.table(name) is None}
        tables = [table for table in declared.catalog.tables() if table.name in waiting and not table.incomplete]
        if not tables:
            return
        names = {table.name for table in tables}
        indexes = [index for index in declared.catalog.indexes() if index.table in names]
        origins = [table.origin for table in tables] + [index.origin for index in indexes]
        origins += [constraint.origin for table in tables for constraint in table.constraints.values()]
        self.waiting = {origin.statement for origin in origins}
        self._judge(Table, tables, after)
        self._judge(Index, indexes, after)
        self._judge(History, (self.history,), after)

    def judge_allowances(self, allowances: Iterable[Allowance]) -> list[Finding]:
        """What the rules say about comments that allow findings, once it is known what these were used for."""
        known = len(self.findings)
        self._judge(Allowance, allowances, After(self.context))
        return self.findings[known:]

    def _judge(self, kind: type, things: Iterable[Any], after: After) -> None:
        checks = self.dispatch.get(kind, ())
        if not checks:
            return
        for thing in things:
            for rule, check in checks:
                try:
                    for problem in check(thing, after):
                        self._report_state(rule, self._with_fix(problem, after.schema), thing)
                except Exception as error:
                    raise RuleCrash(rule.name, None, error) from error

    def _report_state(self, rule: Rule, problem: Problem, thing: Any) -> None:
        if problem.origin is None and isinstance(thing, Blueprint | Difference):
            source = problem.source or (thing.sources[0] if isinstance(thing, Blueprint) else thing.place.source)
            self._add(rule, problem, source, problem.span or Span(0, 0), None, "", BLUEPRINT)
            return
        if isinstance(thing, Remark | Allowance):
            of_change = isinstance(thing, Remark) and thing.of_change
            if not of_change and thing.source.path in self._old_files():
                return
            self._add(rule, problem, problem.source or thing.source, problem.span or thing.span, None, "", -1)
            return
        origin = problem.origin or getattr(thing, "origin", None)
        if origin is None:
            if not self.history.migrations:
                return
            source = problem.source or self.history.migrations[-1].source
            self._add(rule, problem, source, problem.span or Span(0, 0), None, self.history.root, -1)
            return
        if origin.migration == BLUEPRINT:
            self._report_declared(rule, problem, thing, origin)
            return
        if not self.checks(origin.migration) and not isinstance(thing, Difference):
            return
        name = getattr(thing, "name", "")
        subject = str(self.catalog.shown(name)) if isinstance(name, Name) else str(name)
        self._add(
            rule,
            problem,
            origin.statement.source,
            problem.span or origin.span,
            origin.statement,
            subject,
            origin.migration,
        )

    def _report_declared(self, rule: Rule, problem: Problem, thing: Any, origin: Origin) -> None:
        if origin.statement not in self.waiting:
            return
        source, span = placed(origin.statement.source, problem.span or origin.span)
        related = tuple(Related(*placed(each.source, each.span), each.message) for each in problem.related)
        name = getattr(thing, "name", "")
        subject = str(self.catalog.shown(name)) if isinstance(name, Name) else str(name)
        self._add(rule, replace(problem, related=related), source, span, None, subject, BLUEPRINT)

    def checked_sources(self) -> list[Source]:
        """The files that hold nothing but migrations under check, each once."""
        checked: dict[Source, bool] = {}
        for migration in self.history.migrations:
            for source in (migration.source, *(part.source for part in migration.up)):
                checked[source] = checked.get(source, True) and self.checks(migration.number)
        documents = self.context.blueprint.sources if self.context.blueprint else ()
        return [*(source for source, whole in checked.items() if whole), *documents]

    def _old_files(self) -> frozenset[str]:
        """The files of the migrations before the change."""
        if self.change is None:
            return frozenset()
        before = [migration for migration in self.history.migrations if not self.checks(migration.number)]
        since = {m.path for m in self.history.migrations if self.checks(m.number)}
        return frozenset(part.source.path for m in before for part in (*m.up, *m.down)) - since

    # --- findings ---

    def _report(self, rule: Rule, problem: Problem, operation: Operation, migration: int) -> None:
        if problem.origin is not None:
            statement, span = problem.origin.statement, problem.span or problem.origin.span
        else:
            statement, span = operation.statement, problem.span or operation.span
        subject = operation.subject
        self._add(rule, problem, problem.source or statement.source, span, statement, str(subject or ""), migration)

    def _add(
        self,
        rule: Rule,
        problem: Problem,
        source: Any,
        span: Span,
        statement: Statement | None,
        subject: str,
        migration: int,
    ) -> None:
        severity = self.grades(source.path).get(rule.name)
        if severity is None:
            return
        self.findings.append(
            Finding(
                rule=rule.name,
                family=rule.family,
                severity=severity,
                source=source,
                span=span,
                message=problem.message,
                object=str(problem.object) if problem.object is not None else subject,
                statement=statement.text if statement is not None else "",
                statement_span=statement.span if statement is not None else None,
                why=problem.why,
                instead=problem.instead,
                fix=problem.fix if isinstance(problem.fix, Fix) else None,
                related=problem.related,
                migration=migration,
            )
        )


def _declared(blueprint: Blueprint | None, dialect: Dialect, version: int) -> "Declared | None":
    if blueprint is None:
        return None
    from dblint.blueprint.lowering import declare

    return declare(blueprint, dialect, version)


_UNREAD = (Opaque, Unparsable)
_UNDOING = (Rollback, RollbackToSavepoint)
_BOUNDARIES = (Begin, Commit, Rollback)
_MAY_BE_ONLINE = (CreateIndex, DropIndex, Reindex, DetachPartition)
_MAY_REFUSE = frozenset({*_MAY_BE_ONLINE, Vacuum, ServerCommand})


_WORD = re.compile(r"[A-Za-z_]\w*")


def _named_in_code(history: History) -> dict[str, str]:
    """What steps in code name, in lower case, and why it may be otherwise than the SQL of the history says."""
    return {
        word.lower(): f"{remark.source.path}, a step in code, may have changed it"
        for remark in history.remarks
        if remark.kind == "code step"
        for word in _WORD.findall(remark.source.text)
    }


def _doubts(catalog: Catalog, operation: Operation, impact: Impact) -> Iterator[str]:
    """Why the price of an operation may be another one."""
    if operation.guards:
        yield f"behind a condition: {operation.guards[-1].text}"
    if isinstance(operation, Opaque):
        yield f"{operation.what}: {operation.reason}"
    for name in impact.locks:
        if (reason := catalog.uncertain(name)) is not None:
            yield f"{catalog.shown(name)}: {reason}"


def is_one_transaction(operations: list[Operation]) -> bool:
    """Whether a statement that commits by itself does several things, which then hold their locks together."""
    return len(operations) > 1 and not any(
        type(operation) in _BOUNDARIES or refuses_transaction(operation) for operation in operations
    )


def refuses_transaction(operation: Operation) -> bool:
    """Whether the statement says of itself that it cannot run in a transaction, as a runner can tell."""
    if type(operation) not in _MAY_REFUSE:
        return False
    return not isinstance(operation, _MAY_BE_ONLINE) or operation.online


def glossary() -> list[type[Operation]]:
    """Every class of operations, without the events that are the engine's own work."""
    return [kind for kind in Operation.__subclasses__() if kind.__module__ == Operation.__module__]


def dispatch_table(rules: Iterable[Rule], dialect: str) -> Dispatch:
    """Which checks hear of which operations and objects, for the rules in force."""
    table: dict[type, list[tuple[Rule, Check]]] = {}
    for rule in rules:
        if rule.dialects and dialect not in rule.dialects:
            continue
        for kind, check in rule.checks.items():
            for each in glossary() if kind is Operation else (kind,):
                table.setdefault(each, []).append((rule, check))
    return table
