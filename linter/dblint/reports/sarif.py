"""The report as SARIF 2.1.0, in the form that code scanning services, editors and validators read alike."""

import re
from collections.abc import Callable, Sequence
from posixpath import normpath
from typing import Any, TextIO
from urllib.parse import quote

import sarif_om

from dblint.reports.document import render
from dblint.reports.fingerprints import line_hashes, statement_fingerprints
from dblint.reports.model import RuleInfo, Summary, gate_document, in_order, instead_of, is_absolute, left_out, plural
from dblint.reports.origin import Origin
from dblint.reports.patch import Change, patch
from dblint.reports.replacements import applied, replacements
from dblint.reports.sarif_driver import LEVELS, NOTIFICATIONS, driver, sentence, unregistered
from dblint.reports.sarif_objects import plain
from dblint.reports.tool import Tool, installed
from dblint.rule import Applicability, Finding, Fix
from dblint.source import Edit, Source, Span, utf16_length
from dblint.suppressions import Accepted

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
KEPT = 5000
"""Results that are kept, the most severe first: as many as GitHub shows of a run."""
SNIPPET_LIMIT = 4000
"""Characters; a longer region has no snippet."""
_ROOT = "%SRCROOT%"
_LINK = re.compile(r"\[(?=[^\[\]]*\]\()")
_BRACKETS = str.maketrans({"[": r"\[", "]": r"\]"})


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    tool: Tool | None = None,
    located: Callable[[str], str] = normpath,
    accepted: Sequence[Accepted] | None = None,
    compared: bool = False,
    origin: Origin | None = None,
) -> None:
    """Write the log: one run, the same bytes for the same input.

    `located`: makes of a finding's path the one from the repository's root, or an absolute one.
    `accepted`: what a comment or the baseline accepts, to be listed as suppressed; None leaves it out, as GitHub
    takes what it is shown for open. `compared`: whether there was a baseline, so that each result is new or not.
    `origin`: where the files are, which is told only when asked for, as it differs from machine to machine.
    """
    run, results = _Run(rules, located, accepted).run(findings, summary, tool or installed(), compared)
    if origin is not None:
        run.original_uri_base_ids[_ROOT].uri = origin.root
        run.version_control_provenance = _provenance(origin)
    log = plain(sarif_om.SarifLog(schema_uri=SCHEMA, version="2.1.0", runs=[run]))
    log["runs"][0]["results"] = results
    out.write(render({"$schema": log.pop("$schema"), "version": log.pop("version"), **log}))


class _Run:
    """One run in the making: the rules by number, and what is kept per source."""

    def __init__(
        self, rules: Sequence[RuleInfo], located: Callable[[str], str], accepted: Sequence[Accepted] | None
    ) -> None:
        self.rules = {rule.name: rule for rule in sorted(rules, key=lambda rule: rule.name)}
        self.located = located
        self.accepted = {id(each.finding): each for each in accepted} if accepted is not None else None
        self.artifacts: dict[str, Any] = {}
        self.hashes: dict[Source, list[str]] = {}

    def run(self, findings: Sequence[Finding], summary: Summary, tool: Tool, compared: bool) -> tuple[Any, list[Any]]:
        """The run without its results, and these, already as dictionaries: thousands of objects cost dear."""
        ordered = in_order([*findings, *(each.finding for each in (self.accepted or {}).values())])
        for finding in ordered:
            if finding.rule not in self.rules:
                self.rules[finding.rule] = unregistered(finding)
        numbers = {name: number for number, name in enumerate(self.rules)}
        marked = list(zip(ordered, statement_fingerprints(ordered), strict=True))
        kept = marked
        if len(marked) > KEPT:
            worst = sorted(range(len(marked)), key=lambda place: self.rank(marked[place][0]))[:KEPT]
            kept = [marked[place] for place in sorted(worst)]
        results = [plain(self.result(finding, numbers[finding.rule], mark)) for finding, mark in kept]
        for result, (finding, _) in zip(results, kept, strict=True):
            accepted = (self.accepted or {}).get(id(finding))
            if self.accepted is not None:
                result["suppressions"] = self.suppressions(accepted)
            if compared:
                known = accepted is not None and accepted.allowance is None
                result["baselineState"] = "unchanged" if known else "new"
        run = sarif_om.Run(
            tool=sarif_om.Tool(driver=driver(tool, self.rules.values())),
            results=[],
            column_kind="utf16CodeUnits",
            newline_sequences=["\r\n", "\n", "\r"],
            original_uri_base_ids={
                _ROOT: sarif_om.ArtifactLocation(description=sarif_om.Message(text="The root of the repository."))
            },
            invocations=[self.invocation(summary, len(marked) - len(kept))],
            properties={"dblint/gate": _told(gate_document(summary))} if summary.gate else None,
        )
        return run, results

    def rank(self, finding: Finding) -> tuple[bool, int]:
        """What goes first where not all can be listed: what is open, then what is severe."""
        return id(finding) in (self.accepted or {}), -finding.severity

    def invocation(self, summary: Summary, cut: int) -> Any:
        notes = [
            _notification(
                f"{unread.kind}-statement",
                "error" if unread.kind == "unparsable" else "warning",
                f"{NOTIFICATIONS[f'{unread.kind}-statement']}: {unread.reason}",
                [self.location(unread.source, unread.span)],
            )
            for unread in summary.unread
        ]
        if cut:
            text = f"{plural(cut, 'finding')} of the least severity left out: the most severe {KEPT} are listed"
            notes.append(_notification("results-cut", "warning", text, None))
        if allowed := left_out(summary):
            notes.append(_notification("results-allowed", "note", f"Not reported: {allowed[2:]}", None))
        return sarif_om.Invocation(
            execution_successful=summary.complete and not summary.unparsable,
            exit_code=summary.exit_code,
            tool_execution_notifications=notes or None,
        )

    def result(self, finding: Finding, number: int, mark: str) -> Any:
        source = finding.source
        if source not in self.hashes:
            self.hashes[source] = line_hashes(source)
        line = source.position(finding.span.start).line
        fix = self.fix(source, finding.fix) if finding.fix is not None else None
        location = self.location(source, finding.span)
        if finding.object:
            location.logical_locations = [sarif_om.LogicalLocation(fully_qualified_name=finding.object)]
        return sarif_om.Result(
            rule_id=finding.rule,
            rule_index=number,
            level=LEVELS[finding.severity],
            message=sarif_om.Message(text=_message(finding, instead_of(finding, self.rules))),
            locations=[location],
            related_locations=[
                self.location(each.source, each.span, id=place, message=sarif_om.Message(text=sentence(each.message)))
                for place, each in enumerate(finding.related, 1)
            ]
            or None,
            partial_fingerprints={
                "primaryLocationLineHash": self.hashes[source][line - 1],
                "dblintStatement/v1": mark,
            },
            fixes=[fix] if fix is not None else None,
        )

    def suppressions(self, accepted: Accepted | None) -> list[dict[str, Any]]:
        """Why a finding is not open, as a dictionary: sarif_om's class has a member that the standard has not."""
        if accepted is None:
            return []
        allowance = accepted.allowance
        if allowance is None:
            return [{"kind": "external", "status": "accepted"}]
        said: dict[str, Any] = {"kind": "inSource", "status": "accepted"}
        if allowance.reason:
            said["justification"] = allowance.reason
        return [{**said, "location": plain(self.location(allowance.source, allowance.span))}]

    def location(self, source: Source, span: Span, **more: Any) -> Any:
        span = _visible(source, span)
        snippet = source.slice(span) if span.end - span.start <= SNIPPET_LIMIT else ""
        region = self.region(source, span)
        if snippet:
            region.snippet = sarif_om.ArtifactContent(text=snippet)
        place = sarif_om.PhysicalLocation(artifact_location=self.artifact(source.path), region=region)
        return sarif_om.Location(physical_location=place, **more)

    def region(self, source: Source, span: Span) -> Any:
        return sarif_om.Region(
            start_line=source.position(span.start).line,
            start_column=source.utf16_column(span.start),
            end_line=source.position(span.end).line,
            end_column=source.utf16_column(span.end),
        )

    def artifact(self, path: str) -> Any:
        """Where the file is: from the root, percent-encoded; an absolute path stays one."""
        found = self.artifacts.get(path)
        if found is None:
            place = self.located(path)
            if is_absolute(place):
                uri, base = "file:///" + quote(place.lstrip("/"), safe="/:", errors="replace"), None
            else:
                uri, base = quote(place, safe="/", errors="replace"), _ROOT
            found = self.artifacts[path] = sarif_om.ArtifactLocation(uri=uri, uri_base_id=base)
        return found

    def fix(self, source: Source, fix: Fix) -> Any:
        """The fix, unless it is a recipe to read, or cannot be written so that all readers apply it alike."""
        edits = replacements(source, fix.edits)
        if edits is None or fix.applicability is Applicability.DISPLAY:
            return None
        changed = [(source, edits)] if edits else []
        for entry in fix.entries:
            placed = replacements(entry.source, entry.edits)
            if placed is None:
                return None
            changed.append((entry.source, placed))
        changes = []
        for each, places in changed:
            replaced = [self.replacement(each, edit) for edit in places]
            changes.append(sarif_om.ArtifactChange(artifact_location=self.artifact(each.path), replacements=replaced))
        for file in fix.files:
            whole = sarif_om.Replacement(
                deleted_region=sarif_om.Region(char_offset=0, char_length=utf16_length(file.before or "")),
                inserted_content=sarif_om.ArtifactContent(text=file.text),
            )
            changes.append(sarif_om.ArtifactChange(artifact_location=self.artifact(file.path), replacements=[whole]))
        if not changes:
            return None
        properties = {"dblint/applicability": fix.applicability.value}
        if fix.files:  # editors that cannot create a file apply this instead of the changes
            files = [self.changed(each, places) for each, places in changed]
            files += [Change(self.located(file.path), file.before, file.text) for file in fix.files]
            properties["diff"] = patch(files)
        description = sarif_om.Message(text=sentence(fix.title))
        return sarif_om.Fix(artifact_changes=changes, description=description, properties=properties)

    def changed(self, source: Source, edits: list[Edit]) -> Change:
        mark = "\ufeff" if source.bom else ""  # which is text to a patch
        return Change(self.located(source.path), mark + source.text, mark + applied(source.text, edits))

    def replacement(self, source: Source, edit: Edit) -> Any:
        region = self.region(source, edit.span)
        region.char_offset = utf16_length(source.text[: edit.span.start])
        region.char_length = utf16_length(source.slice(edit.span))
        return sarif_om.Replacement(deleted_region=region, inserted_content=sarif_om.ArtifactContent(text=edit.text))


def _visible(source: Source, span: Span) -> Span:
    """The span, widened to a character where it is empty and its line is not."""
    if span.end > span.start:
        return span
    line = source.line_span(source.position(span.start).line)
    if span.start < line.end:
        return Span(span.start, span.start + 1)
    return Span(max(line.start, line.end - 1), line.end)


def _message(finding: Finding, instead: str) -> str:
    """The message, whose first sentence stands alone where readers have no room; then why it holds, and what to do."""
    why = "; ".join(" ".join(text.split()) for text in finding.why)
    told = (finding.message, *((f"Why: {why}",) if why else ()))
    parts = [_LINK.sub(r"\[", sentence(text)) for text in told]
    links = [f"[{each.message.translate(_BRACKETS)}]({number})" for number, each in enumerate(finding.related, 1)]
    if links:
        parts.append(f"See {', '.join(links)}.")
    if instead:
        parts.append(_LINK.sub(r"\[", f"Instead: {sentence(instead)}"))
    return " ".join(parts)


def _notification(name: str, level: str, text: str, locations: list[Any] | None) -> Any:
    number = list(NOTIFICATIONS).index(name)
    return sarif_om.Notification(
        descriptor=sarif_om.ReportingDescriptorReference(id=name, index=number),
        level=level,
        message=sarif_om.Message(text=sentence(text)),
        locations=locations,
    )


def _provenance(origin: Origin) -> list[Any] | None:
    """The repository, if it has an address: without one there is nothing that SARIF lets be said of it."""
    if not origin.repository:
        return None
    return [
        sarif_om.VersionControlDetails(
            repository_uri=origin.repository,
            revision_id=origin.commit or None,
            branch=origin.branch or None,
            mapped_to=sarif_om.ArtifactLocation(uri_base_id=_ROOT),
        )
    ]


def _told(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without what is None, which SARIF leaves out."""
    return [{key: value for key, value in row.items() if value is not None} for row in rows]
