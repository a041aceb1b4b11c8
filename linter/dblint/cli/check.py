"""`dblint check`: run the rules over migrations, report, and say yes or no by the exit code."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click
from msgspec.structs import replace

from dblint.baseline import Baselines
from dblint.checking import Fixing
from dblint.cli import CLEAN, FOUND
from dblint.cli.fix_options import Asked, asked_of, fix_options
from dblint.cli.output import Format, colored, columns, note, read_formats, stdout, write_file
from dblint.cli.settings import Reading, change_options, choices, plan, reading_options, scope_of, words
from dblint.config import Config
from dblint.packs import BUILTIN, Grades, Rules, load_rules
from dblint.reports import FORMATS, reporter
from dblint.reports.model import Page, RuleInfo
from dblint.reports.places import Places
from dblint.rule import Finding, Rule, Severity
from dblint.run import Outcome, run
from dblint.scope import Scope

PATIENCE = 1.0
"""Seconds before a run says what it is doing."""
FROM_ROOT = ("sarif", "github", "gitlab", "junit")
"""The formats whose readers know files by their path from the repository's root."""
LINKING = ("sarif", "rdjson")
"""The formats that link to the pages of rules."""
FROM_HERE = ("rdjson",)
"""The formats whose readers add the working directory's place in the repository themselves."""


@click.command(short_help="Check migrations; what is meant when no command is named.")
@click.argument("paths", nargs=-1, type=click.Path(), metavar="PATH…")
@click.option(
    "--format",
    "formats",
    multiple=True,
    metavar="FORMAT[=FILE]",
    callback=read_formats,
    help=f"Report as {', '.join(FORMATS)}, to standard output or into FILE. Repeatable; text goes to "
    "standard output when nothing else does.",
)
@click.option("--select", multiple=True, metavar="RULE", help="Only these rules or families, even if turned off.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Without these rules or families.")
@click.option("--preset", type=choices("preset"), help="The rules to run when none are selected.")
@click.option("--fail-on", type=choices("fail_on"), help="The lowest severity that fails the run (default: error).")
@change_options
@click.option("--baseline", metavar="FILE", help="Leave out what is in it (default: the configured one).")
@click.option("--no-baseline", is_flag=True, help="Report also what is in the baseline.")
@click.option(
    "--include-suppressed",
    is_flag=True,
    help="In SARIF, list also what comments or the baseline accept, marked as suppressed. GitHub shows it as open.",
)
@click.option(
    "--sarif-origin",
    is_flag=True,
    help="In SARIF, tell where the files are on this machine, and their repository and commit, for local viewers.",
)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule.")
@click.option("-q", "--quiet", is_flag=True, help="Do not say on standard error how the files were understood.")
@click.option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colours in text.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@fix_options
@reading_options
@click.pass_context
def check(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    formats: tuple[Format, ...],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    preset: str | None,
    fail_on: str | None,
    new: tuple[str, ...],
    since: str,
    since_commit: str,
    base: str,
    applied: str,
    baseline: str | None,
    no_baseline: bool,
    include_suppressed: bool,
    sarif_origin: bool,
    statistics: bool,
    quiet: bool,
    color: str,
    exit_zero: bool,
    diff: bool,
    fix: bool,
    unsafe_fixes: bool,
    patch: str | None,
    **reading: Any,
) -> None:
    """Check the migrations in files or folders; - reads SQL from standard input.

    Each migration is checked against the database as the ones before it leave it. With --new, --since,
    --since-commit or --applied only the change is checked, and what exists before it counts as large and in
    use. In CI, for a pull request, --new auto is the default.

    \b
      dblint check migrations/
      dblint check migrations/ --new migrations/V9__orders.sql --fail-on warning
      dblint check migrations/ --new auto --base release
      dblint check migrations/ --new auto --diff --unsafe-fixes | git apply
      dblint check db/ --format text --format sarif=dblint.sarif --format json=dblint.json
      dblint check migrations/ --select availability,compatibility --ignore wide-index
      cat V9__orders.sql | dblint -
    """
    for option, given in (("--include-suppressed", include_suppressed), ("--sarif-origin", sarif_origin)):
        if given and not any(each.name == "sarif" for each in formats):
            raise click.UsageError(f"{option} is about SARIF: add --format sarif or --format sarif=FILE.")
    asked = plan(paths, Reading(**reading))
    config = _policed(asked.config, words(select), words(ignore), preset, fail_on)
    if baseline:
        config = config.override("--baseline", baseline=str(Path(baseline).resolve()))
    baselines = None if no_baseline else Baselines()
    rules = load_rules()
    scope = scope_of(new, since, since_commit, base, applied)
    wish = asked_of(diff, fix, unsafe_fixes, patch)
    # Reports of a change bear fixes; of a whole history the proof would take longer than all else.
    shown = scope not in (Scope(), Scope(every=True)) and not fix and not (diff and not any(f.file for f in formats))
    fixing = Fixing(wanted=wish.wanted, shown=shown) if shown or wish.wanted else None
    with _progress(quiet) as progress:
        outcome = run(asked.paths, config, rules, scope=scope, baselines=baselines, fixing=fixing, progress=progress)
    for line in outcome.summary.histories:
        note(line, quiet=quiet)
    changed = _fixed(outcome, wish, quiet) if wish.wanted else False
    if fix and changed:
        baselines = None if no_baseline else Baselines()
        outcome = run(asked.paths, config, rules, scope=scope, baselines=baselines)
    code = CLEAN if exit_zero or not _fails(outcome.findings, config) else FOUND
    if diff:
        formats = tuple(each for each in formats if each.file)
        code = CLEAN if exit_zero or not changed else FOUND
    outcome = replace(outcome, summary=replace(outcome.summary, exit_code=code))
    main = next((each for each in formats if not each.file), Format("text"))
    infos = rule_infos(rules, Grades(config, rules).anywhere(), _addresses(formats))
    sarif: dict[str, Any] = {"compared": bool(baselines and baselines.found)}
    if include_suppressed:
        sarif["accepted"] = outcome.accepted
    if sarif_origin:
        from dblint.reports.origin import origin_of

        sarif["origin"] = origin_of(Places())
    for each in (*(each for each in formats if each.file), *(() if diff else (main,))):
        _report(each, outcome, infos, color, sarif)
    if statistics:
        out = stdout() if main.name in ("text", "concise") and not diff else sys.stderr
        out.writelines(_statistics(outcome.findings))
    ctx.exit(code)


def _fixed(outcome: Outcome, wish: Asked, quiet: bool) -> bool:
    """Do with the fixes what was asked for; whether there are any."""
    from dblint.cli.fix import report, show, write

    changed = show(outcome.mended, wish)
    if wish.fix:
        write(outcome.mended)
    report(outcome, wish, quiet=quiet)
    return changed


def _policed(
    config: Config, select: tuple[str, ...], ignore: tuple[str, ...], preset: str | None, fail_on: str | None
) -> Config:
    """The configuration with what the command line says about rules."""
    if preset:
        config = config.override("--preset", preset=preset, select=())
    if select:
        config = config.only(select)
    if ignore:
        config = config.without(ignore)
    return config.override("--fail-on", fail_on=fail_on) if fail_on else config


def _fails(findings: Iterable[Finding], config: Config) -> bool:
    """Whether some finding is as grave as its root's `fail-on`."""
    return any(
        limit != "never" and finding.severity >= Severity[limit.upper()]
        for finding in findings
        for limit in (config.for_path(finding.source.path).fail_on,)
    )


@contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """What a run tells which history it works on; people at a terminal hear of it once it has taken a while."""
    if quiet or not sys.stderr.isatty():
        yield lambda root: None
        return
    from threading import Timer

    working_on = ""

    def announce() -> None:
        if working_on:
            note(f"working on {working_on} …")

    def say(root: str) -> None:
        nonlocal working_on
        working_on = root
        if timer.finished.is_set():
            announce()

    timer = Timer(PATIENCE, announce)
    timer.daemon = True

    timer.start()
    try:
        yield say
    finally:
        timer.cancel()


def _addresses(formats: Iterable[Format]) -> str:
    """Where in the web the pages of dblint's own rules are, if a report links to them and they are somewhere."""
    if not any(each.name in LINKING for each in formats):
        return ""
    from dblint.reports.tool import installed

    return installed().rules


def rule_infos(rules: Rules, severities: Mapping[str, Severity], addresses: str = "") -> list[RuleInfo]:
    """The rules as reports want them; their pages are read when a report looks at them."""
    return [
        RuleInfo(
            rule.name,
            rule.family,
            severities.get(rule.name, rule.severity),
            partial(_page, rule, addresses),
            enabled=rule.name in severities,
        )
        for rule in rules.values()
    ]


def _page(rule: Rule, addresses: str) -> Page:
    from dblint.pages import page_of

    page = page_of(rule)
    own = addresses and rule.module.startswith(f"{BUILTIN}.")
    url = f"{addresses}/{rule.module.replace('.', '/')}.md" if own else ""
    return Page(summary=page.summary, text=page.text, instead=page.instead, covers=page.covers, url=url)


def _report(each: Format, outcome: Outcome, infos: list[RuleInfo], color: str, sarif: Mapping[str, Any]) -> None:
    def write(out: TextIO) -> None:
        options: dict[str, Any] = {}
        if each.name == "text" and not each.file:
            options = {"color": colored(color, out), "columns": columns(out)}
        elif each.name in FROM_ROOT:
            options = {"located": Places().from_root}
        elif each.name in FROM_HERE:
            options = {"located": Places().from_here}
        if each.name == "sarif":
            options |= sarif
        reporter(each.name)(outcome.findings, outcome.summary, infos, out, **options)

    if each.file:
        write_file(each.file, write)
    else:
        write(stdout())
    if each.name == "sarif":
        from dblint.reports.sarif import KEPT

        count = len(outcome.findings) + len(sarif.get("accepted", ()))
        if count > KEPT:
            note(f"{each.file or 'SARIF'}: only the {KEPT} most severe of {count} findings are listed")


def _statistics(findings: Iterable[Finding]) -> Iterable[str]:
    counted = Counter((finding.rule, finding.severity) for finding in findings)
    for (rule, severity), count in sorted(counted.items(), key=lambda each: (-each[1], each[0])):
        yield f"{count:6}  {severity!s:8} {rule}\n"
