"""One pass over a history: price, check, advance, and at the end the state itself is judged."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.catalog.catalog import Catalog
from dblint.catalog.fold import advance
from dblint.catalog.fold.session import begin, commit, end_session
from dblint.config import Config
from dblint.dialects import Dialect
from dblint.errors import RuleCrash
from dblint.findings import Findings, dispatch_table, with_fix
from dblint.impact import Impact, union
from dblint.inversion import MigrationUndone, undone
from dblint.judging import Judgement
from dblint.migrations.model import History, Migration, Transactions
from dblint.operations import (
    Begin,
    MigrationBegin,
    MigrationEnd,
    Opaque,
    Operation,
    Rollback,
    RollbackToSavepoint,
    Unparsable,
)
from dblint.policy import policy_of
from dblint.prefix import Prefix
from dblint.reading import Statements, reading
from dblint.rule import Before, Context, Finding, Problem, Related, Rule, Severity, Unread
from dblint.runners import is_one_transaction, refuses_transaction
from dblint.seeds import seeds_of
from dblint.source import Source, Span, Statement
from dblint.suppressions import Allowance

if TYPE_CHECKING:
    from dblint.blueprint.declaration import Declared


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
    so that what it does not make is not built. `prefix`: an earlier pass's, to begin from if it fits.
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
        prefix: Prefix | None = None,
    ) -> None:
        self.prefix = prefix
        """What is folded before the first migration under check; kept where fixes are to be proven."""
        self.history = history
        self.dialect = dialect
        self.severities = severities
        self.found = Findings(grades or (lambda path: severities))
        self.change = change
        self.edited = edited
        self.observe = observe
        self.fixing = editable is not None
        self.counts = Counts()
        self.unread: list[Unread] = []
        self.awaiting: list[tuple[Rule, Problem, Operation]] = []
        """Problems of the migration under way that its end may mend."""
        self.operations: list[Operation] = []
        """Of the migration under way, if it is checked."""
        self.catalog = Catalog(
            default_schema=dialect.default_schema,
            ignore_case=dialect.ignore_case,
            builtin_volatility=dialect.builtin_volatility,
            results=dialect.results,
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
        start = self._resumed()
        with reading(self.history, self.dialect.read, start=start) as statements_of:
            for migration in self.history.migrations[start:]:
                self._keep(migration)
                self._migrate(migration, statements_of(migration))
        if self.catalog.transaction is not None:
            commit(self.catalog)
        if self.change is not None:
            self.catalog.change = self.change
        self._judgement().judge_state()
        self.found.sort()

    def _resumed(self) -> int:
        """How many migrations are folded already, as they are those of the prefix."""
        prefix, migrations = self.prefix, self.history.migrations
        if prefix is None or not prefix.begins(migrations) or any(self.checks(m.number) for m in prefix.migrations):
            self.prefix = None
            return 0
        prefix.resume(self.catalog)
        self.unread += prefix.unread
        self.counts.migrations += len(prefix.migrations)
        return len(prefix.migrations)

    def _keep(self, migration: Migration) -> None:
        """Keep what is folded, before the first migration under check."""
        wanted = self.fixing and self.prefix is None and migration.number and self.checks(migration.number)
        if wanted and self.counts.checked == 0 and self.catalog.transaction is None:
            before = self.history.migrations[: migration.number]
            self.prefix = Prefix.of(self.catalog, before, self.unread)

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
        for operation, call in self._unfolded(operations):
            if operation.guards and any(catalog.holds(guard) is False for guard in operation.guards):
                continue
            before = self._check(operation, migration, call)
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

    def _unfolded(self, operations: list[Operation]) -> Iterator[tuple[Operation, Operation | None]]:
        """The operations, each call of the history's own routines followed by what their bodies do, with the call."""
        for operation in operations:
            yield operation, None
            for inner in self.catalog.called(operation):
                yield inner, operation

    def _check(self, operation: Operation, migration: Migration, call: Operation | None = None) -> Before:
        before = Before(self.context, operation, migration, self.operations)
        for rule, check in self.dispatch.get(type(operation), ()):
            try:
                for problem in check(operation, before):
                    problem, at = with_fix(problem, self.fixing), operation
                    if call is not None and operation.source is not call.source:
                        problem, at = _of_call(problem, operation, call), call
                    if problem.unless is not None:
                        self.awaiting.append((rule, problem, at))
                    else:
                        self._report(rule, problem, at, migration.number)
            except Exception as error:
                raise RuleCrash(rule.name, operation.statement, error) from error
        return before

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

    def _report(self, rule: Rule, problem: Problem, operation: Operation, migration: int) -> None:
        if problem.origin is not None:
            statement, span = problem.origin.statement, problem.span or problem.origin.span
        else:
            statement, span = operation.statement, problem.span or operation.span
        subject, source = str(operation.subject or ""), problem.source or statement.source
        self.found.add(rule, problem, source, span, statement=statement, subject=subject, migration=migration)

    # --- when all is folded ---

    @property
    def findings(self) -> list[Finding]:
        return self.found.all

    def judge_allowances(self, allowances: Iterable[Allowance]) -> list[Finding]:
        """What the rules say about comments that allow findings, once it is known what these were used for."""
        known = len(self.findings)
        self._judgement().judge(Allowance, allowances)
        return self.findings[known:]

    def _judgement(self) -> Judgement:
        return Judgement(
            self.context,
            self.catalog,
            self.dispatch,
            self.found,
            checks=self.checks,
            old_files=self._old_files(),
            fixing=self.fixing,
        )

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


def _declared(blueprint: Blueprint | None, dialect: Dialect, version: int) -> "Declared | None":
    if blueprint is None:
        return None
    from dblint.blueprint.lowering import declare

    return declare(blueprint, dialect, version)


_UNREAD = (Opaque, Unparsable)
_UNDOING = (Rollback, RollbackToSavepoint)
_WORD = re.compile(r"[A-Za-z_]\w*")


def _named_in_code(history: History) -> dict[str, str]:
    """What steps in code name, in lower case, and why it may be otherwise than the SQL of the history says."""
    return {
        word.lower(): f"{remark.source.path}, a step in code, may have changed it"
        for remark in history.remarks
        if remark.kind == "code step"
        for word in _WORD.findall(remark.source.text)
    }


def _of_call(problem: Problem, operation: Operation, call: Operation) -> Problem:
    """The problem of a routine's body, to be reported where the routine is called: its own text has run long ago."""
    if problem.origin is not None:
        return problem
    body = Related(problem.source or operation.source, problem.span or operation.span, "in the routine that is called")
    return replace(
        problem,
        object=problem.object if problem.object is not None else operation.subject,
        source=None,
        span=None,
        fix=None,
        related=(body, *problem.related),
    )


def _doubts(catalog: Catalog, operation: Operation, impact: Impact) -> Iterator[str]:
    """Why the price of an operation may be another one."""
    if operation.guards:
        yield f"behind a condition: {operation.guards[-1].text}"
    if isinstance(operation, Opaque):
        yield f"{operation.what}: {operation.reason}"
    for name in impact.locks:
        if (reason := catalog.uncertain(name)) is not None:
            yield f"{catalog.shown(name)}: {reason}"
