"""The report as JUnit XML, which most CI systems show as test results: a suite per file, a failure per finding."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby
from posixpath import normpath
from typing import TextIO

from msgspec.structs import replace

from dblint.reports.display import printable
from dblint.reports.model import RuleInfo, Summary, in_order, instead_of, left_out
from dblint.reports.text import closing_line, unread_notes
from dblint.rule import Finding

_NOT_XML = re.compile("[\ufffe\uffff]")
"""What XML cannot hold even escaped, beside the controls and surrogates that are not printable anyway."""


def write(
    findings: Sequence[Finding],
    summary: Summary,
    rules: Sequence[RuleInfo],
    out: TextIO,
    /,
    *,
    located: Callable[[str], str] = normpath,
) -> None:
    """Write the document. `located`: makes of a finding's path the one from the repository's root, for links.

    A clean run has one test, which passes: CI systems take an empty report for an error.

    That test also stands where statements were not understood or findings left out, which it tells, or the
    run stopped early, which makes it an error.
    """
    by_name = {rule.name: rule for rule in rules}
    ordered = in_order(findings)
    files = [(path, list(group)) for path, group in groupby(ordered, key=lambda each: each.source.path)]
    suites = [_suite(path, _cases(group, by_name, located), failures=len(group)) for path, group in files]
    if not ordered or summary.unread or left_out(summary) or not summary.complete:
        suites.append(_suite("dblint", [_run(summary, len(files))], errors=int(not summary.complete)))
    totals = _attributes(
        name="dblint",
        tests=len(ordered) + len(suites) - len(files),
        failures=len(ordered),
        errors=int(not summary.complete),
    )
    body = "\n".join(suites)
    out.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites{totals}>\n{body}\n</testsuites>\n')


def _suite(name: str, cases: Sequence[str], *, failures: int = 0, errors: int = 0) -> str:
    attributes = _attributes(name=name, tests=len(cases), failures=failures, errors=errors, skipped=0)
    return f"  <testsuite{attributes}>\n" + "\n".join(cases) + "\n  </testsuite>"


def _cases(findings: Iterable[Finding], rules: dict[str, RuleInfo], located: Callable[[str], str]) -> list[str]:
    """A test per finding. Its name holds no line, so that CI systems know it again when lines have moved."""
    seen: Counter[str] = Counter()
    cases = []
    for finding in findings:
        place = finding.source.position(finding.span.start)
        message = " ".join(finding.message.split())
        name = f"{finding.rule}: {message}"
        seen[name] += 1
        path = finding.source.path
        title = f"{name} ({seen[name]})" if seen[name] > 1 else name
        test = _attributes(name=title, classname=path, file=located(path), line=place.line)
        failure = _attributes(message=message, type=str(finding.severity))
        instead = instead_of(finding, rules)
        body = [f"{path}:{place.line}:{place.column}: {finding.severity}: {message} [{finding.rule}]"]
        body += [f"why: {why}" for why in finding.why]
        body += [f"instead: {instead}"] if instead else []
        text = _text("\n".join(body))
        cases.append(f"    <testcase{test}>\n      <failure{failure}>{text}</failure>\n    </testcase>")
    return cases


def _run(summary: Summary, files: int) -> str:
    said = [closing_line(replace(summary, seconds=None), files), *unread_notes(summary)]
    error = "" if summary.complete else '      <error message="the run stopped early, so there may be more"/>\n'
    text = _text("\n".join(said))
    test = _attributes(name="migrations", classname="dblint")
    return f"    <testcase{test}>\n{error}      <system-out>{text}</system-out>\n    </testcase>"


def _attributes(**values: str | int) -> str:
    return "".join(f' {name}="{_text(str(value))}"' for name, value in values.items())


def _text(text: str) -> str:
    """Text for an element or an attribute."""
    return escape(_NOT_XML.sub("\ufffd", printable(text)))
