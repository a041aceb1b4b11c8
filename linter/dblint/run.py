"""From paths to findings: discover, read, fold, check, and sum up."""

import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from dblint.catalog.catalog import Catalog
from dblint.config import Config
from dblint.dialects import Dialect, load
from dblint.engine import Pass, StatementImpact
from dblint.errors import UsageError
from dblint.migrations.discover import discover, from_text
from dblint.migrations.files import shown_path
from dblint.migrations.model import History, Transactions
from dblint.packs import Rules, chosen, options_of
from dblint.reports.model import Summary
from dblint.rule import Finding, Severity, Unread
from dblint.suppressions import allowed

STDIN = "-"


class Understood(Struct, frozen=True, kw_only=True):
    """One history with what the run presumed about it, and its fold."""

    history: History
    dialect: Dialect
    version: int
    catalog: Catalog
    change_start: int | None = None

    @property
    def line(self) -> str:
        """What the run understood, for people: layout, migrations, dialect, version, transactions, skipped."""
        history = self.history
        count = len(history.migrations)
        modes = dict.fromkeys(migration.transactions for migration in history.migrations)
        mode = " or ".join(dict.fromkeys(_MODES[mode] for mode in modes))
        skipped = f", {len(history.skipped)} skipped" if history.skipped else ""
        return (
            f"{history.root}: {history.layout}, {count} migration{'s' if count != 1 else ''}{skipped}, "
            f"{self.dialect.title} {_shown_version(self.dialect.name, self.version)}, {mode}"
        )


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
    findings: list[Finding]
    summary: Summary
    understood: list[Understood]


def run(
    paths: Sequence[str],
    config: Config,
    rules: Rules,
    *,
    new: Sequence[str] = (),
    since: str = "",
    observe: Callable[[StatementImpact], None] | None = None,
    progress: Callable[[str], None] = lambda line: None,
) -> Outcome:
    """Check the migrations under `paths` ("-" reads standard input).

    `new`: paths of the migrations that are the change; `since`: the change is every migration after this
    version. Without either, each migration is checked in turn against the fold before it.
    `progress` is told what is being worked on. Raises UsageError for what the user can mend.
    """
    started = time.perf_counter()
    findings: list[Finding] = []
    understood: list[Understood] = []
    checked = folded = statements = suppressed = 0
    unread: list[Unread] = []
    wanted = [Path(path).resolve() for path in new]
    claimed: set[Path] = set()
    for history, own in _histories(paths, config):
        start = change_start(history, wanted, since, claimed)
        dialect = load(
            own.dialect or (history.dialect if history.dialect in ("postgres", "tsql", "mysql") else "") or "postgres"
        )
        severities = chosen(own, rules)
        progress(history.root)
        run_pass = Pass(
            history,
            dialect,
            version=own.version(dialect.name),
            config=own,
            rules=[rules[name] for name in severities],
            severities=severities,
            options=options_of(own, rules),
            change_start=start,
            observe=observe,
        )
        run_pass.run()
        kept, dropped = allowed(run_pass.findings, rules)
        findings += kept
        suppressed += dropped
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
                change_start=start,
            )
        )
    for path in wanted:
        if path not in claimed:
            raise UsageError("--new names a path with no migration of these histories", path=shown_path(path))
    if since and all(u.change_start is None for u in understood):
        known = [m.version for u in understood for m in u.history.migrations if m.version]
        raise UsageError(
            f"--since {since}: no migration has that version (the newest is {known[-1] if known else '-'})"
        )
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
        histories=tuple(u.line for u in understood),
        seconds=time.perf_counter() - started,
    )
    return Outcome(findings=findings, summary=summary, understood=understood)


def _histories(paths: Sequence[str], config: Config) -> Iterable[tuple[History, Config]]:
    """Each history under the paths, with the configuration in force for it."""
    seen: set[tuple[str, str]] = set()
    for path in paths:
        if path == STDIN:
            mode = config.transaction.value if config.transaction else ""
            yield from_text(sys.stdin.read(), "<stdin>", transactions=mode, dialect=config.dialect or ""), config
            continue
        own = config.for_path(path)
        mode = own.transaction.value if own.transaction else ""
        for history in discover(Path(path), layout=own.layout, transactions=mode, dialect=own.dialect or ""):
            files = {(migration.path, history.dialect) for migration in history.migrations}
            if not files or not files <= seen:
                seen |= files
                yield history, config.for_path(history.root)


def change_start(history: History, wanted: Sequence[Path], since: str, claimed: set[Path]) -> int | None:
    """The number of the first migration of the change, or None to check all in turn.

    With `wanted` paths in other histories only, this one is folded and nothing in it is checked.
    Paths that are found are added to `claimed`.
    """
    if since:
        for migration in history.migrations:
            if migration.version == since:
                return migration.number + 1
        return None
    if not wanted:
        return None
    numbers = []
    for migration in history.migrations:
        place = Path(migration.path).resolve()
        for path in wanted:
            if place == path or path in place.parents:
                claimed.add(path)
                numbers.append(migration.number)
    return min(numbers, default=len(history.migrations))
