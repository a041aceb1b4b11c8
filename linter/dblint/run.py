"""From paths to findings: discover, read, fold, check, and sum up."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.component import DOCUMENT, Component, is_document, of_document, of_history
from dblint.catalog.catalog import Catalog
from dblint.checking import STDIN_TITLE, Check, Fixing, settled
from dblint.config import Config
from dblint.dialects import NAMES, Dialect, load, title_of
from dblint.engine import StatementImpact
from dblint.errors import UsageError
from dblint.gate import CheckResult, declared_gate, results, together
from dblint.migrations.discover import discover, from_text
from dblint.migrations.model import History, Transactions
from dblint.packs import Grades, Rules, resolve
from dblint.reports.model import Summary
from dblint.rule import PROVABLE, Finding, Severity, Unread
from dblint.scope import Change, Scope, Selection
from dblint.suppressions import Accepted

if TYPE_CHECKING:
    from dblint.baseline import Baselines
    from dblint.blueprint.declaration import Declared
    from dblint.fixes import Mended
    from dblint.proof import Dropped

STDIN = "-"


class Understood(Struct, frozen=True, kw_only=True):
    """One history with what the run presumed about it, and its fold."""

    history: History
    dialect: Dialect
    version: int
    catalog: Catalog
    change: Change | None = None
    blueprint: Blueprint | None = None
    declared: "Declared | None" = None

    @property
    def line(self) -> str:
        """What the run understood, for people: layout, migrations, dialect, version, transactions, skipped."""
        history = self.history
        modes = dict.fromkeys(migration.transactions for migration in history.migrations)
        mode = " or ".join(dict.fromkeys(_MODES[mode] for mode in modes))
        return (
            f"{history.root}: {history.layout}, {self._counts}{_skipped(history)}, "
            f"{self.dialect.title} {_shown_version(self.dialect.name, self.version)}{', ' if mode else ''}{mode}"
            f"{f', compared with {self.change.base}' if self.change and self.change.base else ''}"
            f"{_declared(self.blueprint)}"
        )

    @property
    def _counts(self) -> str:
        count = len(self.history.migrations)
        if self.change is None:
            return f"{count} migration{'s' if count != 1 else ''}"
        checked = len(self.change.new | self.change.edited)
        return f"{f'{checked} checked' if checked else 'no migration is new'}, {count - checked} folded"


def _declared(blueprint: Blueprint | None) -> str:
    """Which blueprint the history is held against."""
    return f", held against {blueprint.root}" if blueprint is not None and blueprint.root else ""


def _skipped(history: History) -> str:
    """How many files were passed over, with the most frequent reasons."""
    if not history.skipped:
        return ""
    reasons = Counter(reason for _, reason in history.skipped).most_common()
    said = "; ".join(reason for reason, _ in reasons[:_REASONS])
    return f", {len(history.skipped)} skipped ({said}{'; …' if len(reasons) > _REASONS else ''})"


_REASONS = 2


_MODES = {
    Transactions.NONE: "no transaction around statements",
    Transactions.STATEMENT: "a transaction per statement",
    Transactions.FILE: "a transaction per migration",
    Transactions.BATCH: "one transaction for all pending migrations",
    Transactions.STRING: "each migration sent as one string",
    Transactions.DETECTED: "a transaction per migration",
    Transactions.ASSUMED: "a transaction per migration (assumed)",
}


def _shown_version(dialect: str, version: int) -> str:
    return f"{version // 10}.{version % 10}" if dialect == "mysql" else str(version)


class Outcome(Struct, frozen=True, kw_only=True):
    """`accepted`: what is not among the findings because a comment allows it or the baseline has it. `mended`: for each
    history, what its fixes make of it, where that was wanted. `dropped`: fixes that failed their proof. `untried`: how
    many were not asked for."""

    findings: list[Finding]
    summary: Summary
    understood: list[Understood]
    accepted: list[Accepted] = []
    mended: "list[Mended]" = []
    dropped: "list[Dropped]" = []
    untried: int = 0


def run(
    paths: Sequence[str],
    config: Config,
    rules: Rules,
    *,
    scope: Scope | None = None,
    baselines: "Baselines | None" = None,
    fixing: Fixing | None = None,
    observe: Callable[[StatementImpact], None] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Check the migrations under `paths` ("-" reads standard input).

    `scope`: what the change is. Without it, each migration is checked in turn against the fold before it.
    `baselines`: what is in them is not reported. `fixing`: whether findings get fixes, and files new texts.
    `progress` is told what is being worked on. Raises UsageError for what the user can mend.
    """
    started = time.perf_counter()
    findings: list[Finding] = []
    understood: list[Understood] = []
    accepted: list[Accepted] = []
    checked = folded = statements = suppressed = baselined = 0
    unread: list[Unread] = []
    mended: list[Mended] = []
    failed: list[Dropped] = []
    untried = 0
    gates: list[CheckResult] = []
    beside: list[str] = []
    scope = scope or Scope()
    selection = Selection(scope)
    for found, own, whole, component in _histories(paths, config):
        change = selection.of(found, whole=whole)
        history = change.history if change else found
        own, blueprint = blueprint_of(component, own, rules)
        if blueprint is not None and history.skipped:
            known = {*blueprint.seeds, *(source.path for source in blueprint.sources)}
            history = replace(history, skipped=tuple(each for each in history.skipped if each[0] not in known))
        name = dialect_of(history, own)
        if name not in NAMES:
            beside.append(f"{history.root}: NOT CHECKED, as {title_of(name)} is not read")
            continue
        dialect = load(name)
        progress(history.root)
        gate = declared_gate(blueprint)
        check = Check(own, dialect, rules, Grades(own, rules, gate), scope, observe, fixing, blueprint, whole)
        run_pass = check.passed(history, change.new if change else None, change.edited if change else frozenset())
        every, dropped = settled(run_pass, rules, accepted=accepted)
        kept = every
        suppressed += dropped
        baseline = baselines.of(own) if baselines and history.root != STDIN_TITLE else None
        if baseline is not None:
            # A finding of each migration in turn may be missing in a change of several: that says nothing.
            files = set() if run_pass.change is not None else _files(history)
            files |= {source.path for source in blueprint.sources} if blueprint is not None else set()
            new_ones = baseline.sift(kept, files, run_pass.found.grades, rules)
            baselined += len(kept) - len(new_ones)
            left = set(map(id, new_ones))
            accepted += [Accepted(finding=each) for each in kept if id(each) not in left]
            kept = new_ones
        if fixing is not None and any(each.fix for each in kept):
            mender, start = check.mender(run_pass.prefix), check.start(run_pass, every)
            if fixing.wanted:
                mended.append(mender.mended(start, kept, fixing.wanted))
            if fixing.shown:
                kept, unproven = mender.offered(start, kept)
                failed += unproven
            else:
                untried += sum(1 for each in kept if each.fix and each.fix.applicability in PROVABLE - fixing.wanted)
                kept = [replace(each, fix=None) for each in kept]
        findings += kept
        gates += results(kept, run_pass.in_force(), rules, own.fail_on, gate)
        unread += run_pass.unread
        counts = run_pass.counts
        checked += counts.checked
        folded += counts.migrations - counts.checked
        statements += counts.statements
        understood.append(
            Understood(
                history=history,
                dialect=dialect,
                version=own.version(dialect.name),
                catalog=run_pass.catalog,
                change=change,
                blueprint=blueprint,
                declared=run_pass.context.declared,
            )
        )
    selection.check()
    findings.sort(key=lambda f: (f.source.path, f.span, f.rule, f.message))
    summary = Summary(
        errors=sum(f.severity is Severity.ERROR for f in findings),
        warnings=sum(f.severity is Severity.WARNING for f in findings),
        infos=sum(f.severity is Severity.INFO for f in findings),
        checked=checked,
        folded=folded,
        skipped=sum(len(u.history.skipped) for u in understood),
        statements=statements,
        unread=tuple(unread),
        suppressed=suppressed,
        baselined=baselined,
        outdated=baselines.outdated(rules) if baselines else 0,
        histories=(*(u.line for u in understood), *beside),
        gate=together(gates),
        seconds=time.perf_counter() - started,
    )
    return Outcome(
        findings=findings,
        summary=summary,
        understood=understood,
        accepted=accepted,
        mended=mended,
        dropped=failed,
        untried=untried,
    )


def dialect_of(history: History, config: Config) -> str:
    """The database of a history: the configured one, or what its files and folders name, or PostgreSQL."""
    return config.dialect or history.dialect or "postgres"


def _files(history: History) -> set[str]:
    """All files of a history's migrations."""
    parts = (script for migration in history.migrations for script in (*migration.up, *migration.down))
    return {migration.path for migration in history.migrations} | {script.source.path for script in parts}


def blueprint_of(component: Component | None, config: Config, rules: Rules) -> tuple[Config, Blueprint | None]:
    """The blueprint that a component's files make, and the configuration with what it says."""
    if component is None:
        return config, None
    from dblint.blueprint.reading import read
    from dblint.blueprint.settings import applied

    return applied(config, read(component), lambda name: resolve(name, rules) if rules else ())


def component_of(path: str, config: Config) -> Component | None:
    """The files that declare what the histories at a path are to make: those of the first that has any."""
    try:
        found = [component for _, _, _, component in _histories((path,), config)]
    except UsageError:
        return None
    return next((component for component in found if component is not None), None)


def _histories(paths: Sequence[str], config: Config) -> Iterable[tuple[History, Config, bool, Component | None]]:
    """Each history under the paths, the configuration in force for it, whether it is all of its folder, and the
    files that declare what it is to make."""
    seen: set[tuple[str, str]] = set()
    for path in paths:
        if path == STDIN:
            mode = config.transaction.value if config.transaction else ""
            text = sys.stdin.read()
            yield from_text(text, STDIN_TITLE, transactions=mode, dialect=config.dialect or ""), config, False, None
            continue
        own = config.for_path(path)
        if is_document(Path(path)):
            yield History(root=path, layout=DOCUMENT, migrations=()), own, False, of_document(path)
            continue
        mode = own.transaction.value if own.transaction else ""
        found = discover(Path(path), layout=own.layout, transactions=mode, dialect=own.dialect or "")
        if found and not any(dialect_of(history, own) in NAMES for history in found):
            load(dialect_of(found[0], own))  # refuses
        for history in found:
            files = {(migration.path, history.dialect) for migration in history.migrations}
            if not files or not files <= seen:
                seen |= files
                yield history, config.for_path(history.root), Path(path).is_dir(), of_history(history.root)
