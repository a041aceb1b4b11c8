"""The state that a history ends in, shown to the rules object by object: what is built, and what is only declared."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.difference import Difference
from dblint.blueprint.sheet import BLUEPRINT, placed
from dblint.catalog.catalog import Catalog
from dblint.catalog.model import Domain, Enum, Function, Index, Origin, Sequence, Table, View
from dblint.errors import RuleCrash
from dblint.findings import Dispatch, Findings, with_fix
from dblint.migrations.model import History, Remark
from dblint.names import Name
from dblint.rule import After, Context, Problem, Related, Rule
from dblint.source import Span, Statement
from dblint.suppressions import Allowance

if TYPE_CHECKING:
    from dblint.blueprint.declaration import Declared


class Judgement:
    """What the rules say of a finished fold.

    `checks`: whether the problems of the migration with this number are wanted. `old_files`: where remarks are not
    reported, as they are older than the change. `fixing`: whether problems get their fixes.
    """

    def __init__(
        self,
        context: Context,
        catalog: Catalog,
        dispatch: Dispatch,
        findings: Findings,
        *,
        checks: Callable[[int], bool],
        old_files: frozenset[str],
        fixing: bool,
    ) -> None:
        self.context = context
        self.catalog = catalog
        self.dispatch = dispatch
        self.findings = findings
        self.checks = checks
        self.old_files = old_files
        self.fixing = fixing
        self.waiting: set[Statement] = set()
        """The statements of the tables that are declared and not built."""

    def judge_state(self) -> None:
        """Every object at the end, the history itself, its blueprint, and how the two differ."""
        after = After(self.context)
        catalog, history = self.catalog, self.context.history
        for kind, objects in (
            (Table, (t for t in catalog.tables() if not t.incomplete)),
            (View, catalog.views()),
            (Index, catalog.indexes()),
            (Sequence, catalog.sequences()),
            (Function, catalog.all_functions()),
            (Enum, catalog.enums()),
            (Domain, catalog.domains()),
            (Remark, history.remarks),
            (History, (history,)),
        ):
            self.judge(kind, objects, after)
        blueprint, declared = self.context.blueprint, self.context.declared
        if blueprint is not None:
            self.judge(Blueprint, (blueprint,), after)
        if blueprint is not None and declared is not None and self.context.whole:
            if history.migrations:
                from dblint.blueprint.drift import differences

                self.judge(Difference, differences(blueprint, declared, catalog), after)
            self._judge_declared(declared)

    def judge(self, kind: type, things: Iterable[Any], after: After | None = None) -> None:
        """Show these objects to the rules that asked for their kind."""
        checks = self.dispatch.get(kind, ())
        if not checks:
            return
        after = after or After(self.context)
        # What the declared schema alone is judged by has no fix: its statements stand in no file.
        # (A difference is judged with the built one.)
        fixing = self.fixing and after.schema is self.catalog
        for thing in things:
            for rule, check in checks:
                try:
                    for problem in check(thing, after):
                        self._report(rule, with_fix(problem, fixing), thing)
                except Exception as error:
                    raise RuleCrash(rule.name, None, error) from error

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
        self.judge(Table, tables, after)
        self.judge(Index, indexes, after)
        self.judge(History, (self.context.history,), after)

    def _report(self, rule: Rule, problem: Problem, thing: Any) -> None:
        """Find the place of a problem: where it says, or where its object comes from."""
        add, history = self.findings.add, self.context.history
        if problem.origin is None and isinstance(thing, Blueprint | Difference):
            source = problem.source or (thing.sources[0] if isinstance(thing, Blueprint) else thing.place.source)
            add(rule, problem, source, problem.span or Span(0, 0), migration=BLUEPRINT)
            return
        if isinstance(thing, Remark | Allowance):
            of_change = isinstance(thing, Remark) and thing.of_change
            if of_change or thing.source.path not in self.old_files:
                add(rule, problem, problem.source or thing.source, problem.span or thing.span)
            return
        origin = problem.origin or getattr(thing, "origin", None)
        if origin is None:
            if history.migrations:
                source = problem.source or history.migrations[-1].source
                add(rule, problem, source, problem.span or Span(0, 0), subject=history.root)
            return
        if origin.migration == BLUEPRINT:
            self._report_declared(rule, problem, thing, origin)
            return
        if not self.checks(origin.migration) and not isinstance(thing, Difference):
            return
        statement = origin.statement
        span, subject = problem.span or origin.span, self._subject(thing)
        add(rule, problem, statement.source, span, statement=statement, subject=subject, migration=origin.migration)

    def _report_declared(self, rule: Rule, problem: Problem, thing: Any, origin: Origin) -> None:
        if origin.statement not in self.waiting:
            return
        source, span = placed(origin.statement.source, problem.span or origin.span)
        related = tuple(Related(*placed(each.source, each.span), each.message) for each in problem.related)
        problem = replace(problem, related=related)
        self.findings.add(rule, problem, source, span, subject=self._subject(thing), migration=BLUEPRINT)

    def _subject(self, thing: Any) -> str:
        name = getattr(thing, "name", "")
        return str(self.catalog.shown(name)) if isinstance(name, Name) else str(name)
