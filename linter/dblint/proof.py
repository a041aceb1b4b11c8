"""Fixes proved: made together in memory, read again, folded again and checked again, before anybody sees them."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from dblint.catalog.facts import Facts, difference
from dblint.errors import UsageError
from dblint.migrations.atlas_sum import line_edits
from dblint.migrations.model import History
from dblint.migrations.next_step import NoStep, Written, entered, insertions, next_step
from dblint.rule import Applicability, Entry, Finding, Fix, NewFile, NewStep, Severity
from dblint.source import Edit, Source, Span

_SAME_TEXT = "another fix changes the same text"
_SAME_FILE = "another fix makes the same file"
AGAIN = (_SAME_TEXT, _SAME_FILE)
"""Reasons that may be gone once the other fix is made."""


_TOLD_LATER = frozenset({"stale-metadata"})
"""What a new migration makes of the blueprint's own version, which people raise when they take the fix."""


_LESS_THAN = {"missing-rollback": frozenset({"rollback-does-not-invert"})}
"""What is said of the very thing that was missing, in the same migration: something is better than nothing."""


class Checked(Struct, frozen=True, kw_only=True):
    """A history with what its check said. `new`: numbers of the migrations that are the change (None: each in turn),
    `edited`: of those that are older. `failures`: what else is known to fail at the deploy, by rules that are not in
    force. `unread`: how many statements were not understood."""

    history: History
    new: frozenset[int] | None
    edited: frozenset[int] = frozenset()
    findings: Sequence[Finding]
    facts: Facts
    failures: Sequence[Finding] = ()
    unread: int = 0


Recheck = Callable[[History, frozenset[int] | None, frozenset[int]], Checked]
"""Checks a history anew, with the same rules and configuration."""
Reread = Callable[[History, Mapping[str, Source]], History | None]
"""Reads a history anew with other texts of some files, and with new files."""


class Proving(Struct, frozen=True, kw_only=True):
    """What proves. `every`: no migration has run anywhere; otherwise only the change's texts may be others."""

    reread: Reread
    recheck: Recheck
    every: bool = False


class Dropped(Struct, frozen=True):
    """A fix that is not offered, and why. `by_hand`: since the layout has no place for its new migrations."""

    finding: Finding
    reason: str
    by_hand: bool = False


class Round:
    """One choice of fixes that do not meddle with each other, proven together or else in ever smaller parts."""

    def __init__(
        self,
        proving: Proving,
        start: Checked,
        wanted: Collection[Applicability],
        findings: Sequence[Finding],
        made: Mapping[str, Source] = {},
    ) -> None:
        self.proving = proving
        self.earlier = made
        """The texts of files that earlier rounds made."""
        self.start = self.state = start
        self.accepted: list[Finding] = []
        self.dropped: list[Dropped] = []
        self.texts: dict[str, Source] = {}
        self._made: dict[int, list[Written]] = {}
        history = start.history
        self.sources = {
            part.source.path: part.source for each in history.migrations for part in (*each.up, *each.down)
        } | {each.source.path: each.source for each in history.migrations}
        self.sources |= {each.path: each for each in history.lists}
        self.candidates = self._separate(
            [each for each in findings if each.fix is not None and each.fix.applicability in wanted]
        )

    def made(self) -> list[tuple[Finding, Fix]]:
        """The proven fixes, their new migrations as files."""
        found = []
        for finding in self.accepted:
            if finding.fix is not None:
                made = self._made[id(finding)]
                files = (*finding.fix.files, *(NewFile(each.path, each.text) for each in made if each.at is None))
                fix = replace(finding.fix, files=files, steps=())
                for entry in self._entries(finding, finding.fix, made):
                    if entry.source.path == finding.source.path:
                        fix = replace(fix, edits=(*fix.edits, *entry.edits))
                    else:
                        fix = replace(fix, entries=(*fix.entries, entry))
                found.append((finding, fix))
        return found

    def _entries(self, finding: Finding, fix: Fix, made: Sequence[Written]) -> tuple[Entry, ...]:
        """What a fix by itself changes in the runner's lists of migrations."""
        texts = {file.path: Source(file.path, file.text) for file in fix.files}
        texts |= {each.path: Source(each.path, each.text) for each in made if each.at is None}
        if fix.edits:
            texts[finding.source.path] = _edited(finding.source, fix.edits)
        found: dict[str, tuple[Edit, ...]] = {path: (edit,) for path, edit in insertions(made).items()}
        for source in entered(self.start.history, texts):
            found[source.path] = line_edits(self.sources[source.path], source)
        return tuple(Entry(self.sources[path], edits) for path, edits in found.items())

    def run(self) -> None:
        if self.candidates:
            self._prove(self.candidates)

    # --- choice ---

    def _separate(self, findings: Sequence[Finding]) -> list[Finding]:
        """The first of fixes that change the same text; none that changes what databases have run."""
        chosen: list[Finding] = []
        taken: dict[str, set[Edit]] = {}
        files: dict[str, str] = {}
        gravest: dict[tuple[str, Span], Severity] = {}
        withdrawn: set[tuple[str, Span | None]] = set()
        locked = self._locked()
        for finding in sorted(findings, key=lambda each: (not _withdraws(each), -each.severity)):
            fix = finding.fix
            if fix is None:
                continue
            path = finding.source.path
            old = taken.setdefault(path, set())
            if fix.withheld:
                self._drop(finding, fix.withheld)
            elif path in locked and not all(_is_within(edit, locked[path]) for edit in fix.edits):
                self._drop(finding, "its migration may have run, and such a file is never changed")
            elif reason := self._unplaced(fix):
                self._drop(finding, reason, by_hand=True)
            elif finding.statement_span and finding.severity < gravest.get((path, finding.statement_span), 0):
                self._drop(finding, _SAME_TEXT)  # what is graver first: it may take the statement elsewhere
            elif ((path, finding.statement_span) in withdrawn and not _withdraws(finding)) or any(
                _clash(edit, other) for edit in fix.edits for other in old if edit != other
            ):
                self._drop(finding, _SAME_TEXT)
            elif any(files.get(file.path, file.text) != file.text for file in fix.files):
                self._drop(finding, _SAME_FILE)
            else:
                old.update(fix.edits)
                files.update((file.path, file.text) for file in fix.files)
                if _withdraws(finding):
                    withdrawn.add((path, finding.statement_span))
                if finding.statement_span and fix.edits:
                    gravest[path, finding.statement_span] = finding.severity
                chosen.append(finding)
        return sorted(chosen, key=lambda each: (each.source.path, each.span, each.rule))

    def _locked(self) -> dict[str, list[Span]]:
        """The files with a migration that may have run somewhere, and the stretches of those in them that have not."""
        if self.proving.every:
            return {}
        new = self.start.new or frozenset()
        run = [each for each in self.start.history.migrations if each.number not in new]
        paths = {part.source.path for each in run for part in (*each.up, *each.down)} | {each.path for each in run}
        paths -= self.earlier.keys()  # those of this very run are nowhere yet
        free: dict[str, list[Span]] = {path: [] for path in paths}
        for number in new:
            for part in self.start.history.migrations[number].up:
                if part.source.path in free:
                    free[part.source.path] += part.pieces
        return free

    def _unplaced(self, fix: Fix) -> str:
        """Why the layout has no place for a new migration of the fix; "" if it has."""
        try:
            for step in fix.steps:
                self._next(step)
        except NoStep as error:
            return str(error)
        return ""

    def _next(self, step: NewStep, ahead: int = 0, made: Sequence[Written] = ()) -> list[Written]:
        return next_step(
            self.start.history,
            step.title,
            step.up,
            step.down,
            outside=step.outside,
            commits=step.commits,
            ahead=ahead,
            made=made,
        )

    def _drop(self, finding: Finding, reason: str, *, by_hand: bool = False) -> None:
        self.dropped.append(Dropped(finding, reason, by_hand))

    # --- proof ---

    def _prove(self, findings: list[Finding]) -> None:
        by_hand = False
        try:
            texts, made = self._texts([*self.accepted, *findings])
            found = self._checked(texts)
            fault = self._fault(found, findings) if found else "the files would be no history any more"
        except (UsageError, NoStep) as error:
            found, fault, by_hand = None, str(error), isinstance(error, NoStep)
        if found and not fault:
            self.accepted += findings
            self.state, self.texts, self._made = found, texts, made
        elif len(findings) == 1:
            self._drop(findings[0], fault, by_hand=by_hand)
        else:
            half = len(findings) // 2
            self._prove(findings[:half])
            self._prove(findings[half:])

    def _texts(self, findings: Sequence[Finding]) -> tuple[dict[str, Source], dict[int, list[Written]]]:
        """The new texts of files, and what each finding's new migrations consist of."""
        edits: dict[str, set[Edit]] = {}
        texts: dict[str, Source] = {}
        own: dict[int, list[Written]] = {}
        made: list[Written] = []
        ahead = 0
        for finding in findings:
            fix = finding.fix
            if fix is None:
                continue
            if fix.edits:
                edits.setdefault(finding.source.path, set()).update(fix.edits)
            for file in fix.files:
                known = self.sources.get(file.path)
                texts[file.path] = Source(file.path, file.text, bom=known is not None and known.bom)
            own[id(finding)] = []
            for step in fix.steps:
                written = self._next(step, ahead, made)
                own[id(finding)] += written
                made += written
                ahead += 1
        texts |= {each.path: Source(each.path, each.text) for each in made if each.at is None}
        for path, edit in insertions(made).items():
            edits.setdefault(path, set()).add(edit)
        texts |= {path: _edited(self.sources[path], changes) for path, changes in edits.items()}
        return texts | {each.path: each for each in entered(self.start.history, texts)}, own

    def _checked(self, texts: Mapping[str, Source]) -> Checked | None:
        old = self.start
        history = self.proving.reread(old.history, {**self.earlier, **texts})
        if history is None or len(history.migrations) < len(old.history.migrations):
            return None
        said = tuple(each for each in old.history.remarks if each.of_change)
        history = replace(history, remarks=(*history.remarks, *said))
        if old.new is None:
            return self.proving.recheck(history, None, frozenset())
        known = {(each.path, each.version): each.number for each in old.history.migrations}
        numbers = {each.number: known.get((each.path, each.version)) for each in history.migrations}
        new = frozenset(number for number, was in numbers.items() if was is None or was in old.new)
        edited_ = frozenset(number for number, was in numbers.items() if was in old.edited)
        return self.proving.recheck(history, new, edited_)

    def _fault(self, found: Checked, findings: Sequence[Finding]) -> str:
        """What speaks against these fixes, given what is found with them; "" if nothing does."""
        now, then = (Counter(map(identity, each.findings)) for each in (found, self.state))
        for known, count in Counter(map(identity, findings)).items():
            if now[known] > then[known] - count:
                return "the problem would stay"
        fixed = min(each.severity for each in findings)
        spared = {(rule, each.migration) for each in findings for rule in _LESS_THAN.get(each.rule, ())}
        for finding in found.findings:
            known = identity(finding)
            told = finding.rule in _TOLD_LATER or (finding.rule, finding.migration) in spared
            if not told and now[known] > then[known] and _weighs(finding, fixed):
                return f"there would be a new {finding.rule}: {finding.message}"
        failing, failed = (Counter(map(identity, each.failures)) for each in (found, self.state))
        for finding in found.failures:
            if failing[identity(finding)] > failed[identity(finding)]:
                return f"with it {finding.message}"
        if found.unread > self.state.unread:
            return "a statement would not be understood"
        declared = frozenset[str]().union(*(each.fix.changes for each in findings if each.fix is not None))
        changed = difference(self.state.facts, found.facts)
        if surplus := changed - declared:
            return f"the schema would differ: {', '.join(sorted(surplus)[:3])}"
        if missing := declared - changed:
            return f"the schema would not differ: {', '.join(sorted(missing)[:3])}"
        return ""


def _weighs(finding: Finding, fixed: Severity) -> bool:
    """Whether a new finding speaks against fixes of what is at least as grave as `fixed`: it is no less grave, or a
    warning that no fix of its own may take away in turn."""
    if finding.severity >= fixed:
        return True
    mendable = finding.fix is not None and finding.fix.applicability is not Applicability.DISPLAY
    return finding.severity >= Severity.WARNING and not mendable


def identity(finding: Finding) -> tuple[str, str]:
    """What a finding is known by when its lines have moved."""
    return finding.rule, finding.object or finding.message


def _withdraws(finding: Finding) -> bool:
    """Whether the fix takes a whole statement away, as it is needed nowhere: there is no use in mending it first."""
    fix, span = finding.fix, finding.statement_span
    if fix is None or span is None or fix.steps or fix.files or any(edit.text.strip() for edit in fix.edits):
        return False
    return any(edit.span.start <= span.start and span.end <= edit.span.end for edit in fix.edits)


def _is_within(edit: Edit, pieces: Collection[Span]) -> bool:
    return any(piece.start <= edit.span.start and edit.span.end <= piece.end for piece in pieces)


def _clash(one: Edit, other: Edit) -> bool:
    """Whether it is not clear what two edits make together: they overlap, or meet where one only inserts."""
    first, second = sorted((one, other))
    if first.span.end == second.span.start:
        return first.span.start == first.span.end or second.span.start == second.span.end
    return second.span.start < first.span.end


def _edited(source: Source, edits: Collection[Edit]) -> Source:
    return Source(source.path, edited(source, edits), bom=source.bom)


def edited(source: Source, edits: Collection[Edit]) -> str:
    """The text with the edits made; their line ends become the file's own. They must not overlap."""
    text = source.text
    found = text.find("\n")
    newline = "\r\n" if found > 0 and text[found - 1] == "\r" else "\n"
    parts: list[str] = []
    done = 0
    for edit in sorted(edits):
        parts += (text[done : edit.span.start], edit.text.replace("\n", newline))
        done = edit.span.end
    return "".join(parts) + text[done:]
