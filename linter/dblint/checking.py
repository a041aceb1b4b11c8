"""How one history is checked: the first time, and each time that its fixes are tried."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint
from dblint.config import Config
from dblint.dialects import Dialect
from dblint.engine import Pass, StatementImpact
from dblint.migrations.discover import reread
from dblint.migrations.model import History
from dblint.packs import Grades, Rules, options_of
from dblint.prefix import Prefix
from dblint.rule import Finding
from dblint.scope import Scope
from dblint.suppressions import Accepted, Allowances

if TYPE_CHECKING:
    from dblint.fixes import Mender
    from dblint.proof import Checked
    from dblint.rule import Applicability

STDIN_TITLE = "<stdin>"
"""What a history is called that is read from standard input."""


class Fixing(Struct, frozen=True, kw_only=True):
    """What is wanted of fixes. `wanted`: the kinds that go into the new texts of files; none: findings only show them.
    `shown`: whether findings bear their fixes."""

    wanted: "frozenset[Applicability]" = frozenset()
    shown: bool = True


_FAILING = ("concurrently-in-transaction", "refused-statement", "unknown-object", "untransactional-statement")
"""The rules that a proof asks even where they are not in force: no fix may make the deploy fail."""


class Check(Struct, frozen=True):
    """How one history is checked, the first time and each time that its fixes are tried."""

    config: Config
    dialect: Dialect
    rules: Rules
    grades: Grades
    scope: Scope
    observe: Callable[[StatementImpact], None] | None
    fixing: Fixing | None
    blueprint: "Blueprint | None"
    whole: bool
    """The history is all of its folder."""

    def passed(
        self,
        history: History,
        new: frozenset[int] | None,
        edited: frozenset[int],
        first: bool = True,
        prefix: Prefix | None = None,
    ) -> Pass:
        fixable = self.fixing is not None and self.dialect.name == "postgres" and history.root != STDIN_TITLE
        severities = dict(self.grades.anywhere())
        if not first:
            severities = {name: self.rules[name].severity for name in _FAILING if name in self.rules} | severities
        done = Pass(
            history,
            self.dialect,
            version=self.config.version(self.dialect.name),
            config=self.config,
            rules=[self.rules[name] for name in severities],
            severities=severities,
            grades=self.grades.of if first else lambda path: {**severities, **self.grades.of(path)},
            options=options_of(self.config, self.rules),
            change=new,
            edited=edited,
            observe=self.observe if first else None,
            blueprint=self.blueprint,
            whole=self.whole or not history.migrations,
            editable=(lambda number: self.scope.every if new is None else number in new) if fixable else None,
            prefix=prefix,
        )
        done.run()
        return done

    def start(self, done: Pass, findings: list[Finding]) -> "Checked":
        """What fixes are proved against: `findings` of the pass, with what fails by rules that are not in force."""
        if self.config.overrides or not self.grades.anywhere().keys() >= set(_FAILING):
            done = self.passed(done.history, done.change, done.edited, first=False, prefix=done.prefix)
        return replace(self.done(done), findings=findings)

    def done(self, done: Pass) -> "Checked":
        from dblint.catalog.facts import facts
        from dblint.proof import Checked

        findings, _ = settled(done, self.rules)
        asked = self.grades.anywhere()
        return Checked(
            history=done.history,
            new=done.change,
            edited=done.edited,
            findings=[each for each in findings if each.rule in asked],
            facts=facts(done.catalog),
            failures=[each for each in findings if each.rule not in asked],
            unread=len(done.unread),
        )

    def mender(self, prefix: Prefix | None) -> "Mender":
        """What proves fixes. `prefix`: what need not be folded each time."""
        from dblint.fixes import Mender

        mode = self.config.transaction.value if self.config.transaction else ""
        return Mender(
            reread=partial(reread, whole=self.whole, transactions=mode, dialect=self.config.dialect or ""),
            recheck=lambda history, new, edited: self.done(
                self.passed(history, new, edited, first=False, prefix=prefix)
            ),
            every=self.scope.every,
        )


def settled(
    run_pass: Pass, rules: Rules, *, today: str = "", accepted: list[Accepted] | None = None
) -> tuple[list[Finding], int]:
    """The findings of a finished pass that no comment allows, with what there is to say about such comments; and
    how many are allowed, which go into `accepted`.

    `rules`: all that there are, since a comment may name one that did not run. `today`: YYYY-MM-DD, "" for this day.
    """
    own = run_pass.context.config
    dialect = run_pass.dialect.name
    allowances = Allowances(rules, dialect=dialect, require_reason=own.require_reason, today=today)
    kept = allowances.sift(run_pass.findings)
    about = run_pass.judge_allowances(allowances.used(run_pass.checked_sources(), run_pass.found.grades))
    kept += allowances.sift(about)
    if accepted is not None:
        accepted += allowances.accepted
    return kept, len(allowances.accepted)
