"""Comments that allow a finding: `-- dblint: allow RULE[, RULE]: reason`."""

import re
from collections.abc import Sequence

from dblint.packs import Rules
from dblint.rule import Finding
from dblint.source import Source

_ALLOW = re.compile(r"--[ \t]*dblint:[ \t]*allow(-file)?[ \t]+([a-z0-9_, \t-]+?)[ \t]*(?::[^\r\n]*)?(?=[\r\n]|\Z)")


class Allowances:
    """What one file's comments allow: per line, and for the whole file."""

    def __init__(self, source: Source) -> None:
        self.everywhere: set[str] = set()
        self.lines: dict[int, set[str]] = {}
        for comment in _ALLOW.finditer(source.text):
            names = {name.strip() for name in comment[2].split(",")}
            if comment[1]:
                self.everywhere |= names
            else:
                line = source.position(comment.start()).line
                self.lines.setdefault(line, set()).update(names)

    def allow(self, names: set[str], finding: Finding) -> bool:
        """Whether a finding is allowed: for the file, at the end of its line, on the line above it, or at the
        head of its statement."""
        if names & self.everywhere:
            return True
        if not self.lines:
            return False
        source = finding.source
        line = source.position(finding.span.start).line
        places = {line, line - 1, source.position(max(finding.span.end - 1, finding.span.start)).line}
        if finding.statement_span is not None:
            head = source.position(finding.statement_span.start).line
            places |= {head, head - 1}
        return any(names & self.lines.get(place, set()) for place in places)


def allowed(findings: Sequence[Finding], rules: Rules) -> tuple[list[Finding], int]:
    """The findings that no comment allows, and how many were allowed."""
    kept: list[Finding] = []
    by_source: dict[int, Allowances] = {}
    for finding in findings:
        source = finding.source
        if "dblint:" in source.text:
            allowances = by_source.get(id(source))
            if allowances is None:
                allowances = by_source[id(source)] = Allowances(source)
            rule = rules.get(finding.rule)
            names = {finding.rule, finding.family, *(rule.formerly if rule else ())}
            if allowances.allow(names, finding):
                continue
        kept.append(finding)
    return kept, len(findings) - len(kept)
