"""Makes tests of the pages of rules: every fenced block of SQL and every diff is one.

A ```sql block is a change. Its lines that end in `-- ! message` must raise exactly those problems of the page's
rule, on that line and with that message (`…` at its end: any text that starts so); all other lines none. A line
that is nothing but marks belongs to the line above it. The words after `sql`:

- `history`: not a test but an earlier migration, folded before the blocks after it in the same section;
- `tsql`, `mysql`, `postgres`: the dialect (without it, the rule's only one, or PostgreSQL);
- a number: the server version, as in the configuration;
- `transactions=none` …: what the runner wraps in a transaction (without it, each file);
- `file=V1__a.sql`: the block is that file of a folder, which is discovered as on a user's disk. Such blocks in a row
  make one folder; a new section or a name used before begins another. `history` ones are not of the change. Such a
  file may be in another language (```go file=2_fill.go);
- `base file=V1__a.sql`: what that file is on the base branch, which has the `history` ones too. A folder with such
  a block is a git repository, its other blocks are what the branch makes of it, and git says what the change is.

A ```yaml block is the folder's `database-blueprint.yaml`, unless `file=` says another name, and a ```json block its
`database-blueprint.json`; their marks begin with `# ! `. (JSON has no comments, but the harness takes marks out.)

A ```toml block is the configuration of the blocks after it in the same section. A ```diff block is a change before
and after: the lines before it must raise a problem, the fixes offered must make the lines after, and those none. A
line `+++ NAME` in it begins a new file. The words after `diff` are those of `sql`, and `safe` or `unsafe`: what the
fixes are; `applied`: the lines before it have run everywhere, so that only new files may mend them.
"""

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

from msgspec import Struct
from msgspec.structs import replace

from dblint.blueprint.component import of_history
from dblint.checking import Fixing, settled
from dblint.config import Config
from dblint.config_file import load as load_config
from dblint.dialects import load
from dblint.engine import Pass, StatementImpact
from dblint.migrations.discover import discover
from dblint.migrations.model import History, Migration, Script, Transactions
from dblint.packs import chosen, load_rules, options_of
from dblint.pages import Block, Page, page_of
from dblint.rule import Applicability, Finding, Rule
from dblint.run import blueprint_of
from dblint.run import run as whole_run
from dblint.scope import Change, Scope, Selection
from dblint.source import Source
from dblint.suppressions import Allowance

VERSIONS = {name: frozenset(get_args(get_type_hints(Config)[name])) for name in ("postgres", "tsql", "mysql")}
MARK = re.compile(r"[ \t]*(?:--|#) ! (.*?)(?=[ \t]*(?:--|#) ! |[ \t]*$)")
DOCUMENTS = {"yaml": "database-blueprint.yaml", "json": "database-blueprint.json"}


class PageError(AssertionError):
    """A page and its rule do not agree."""


class Words(Struct, frozen=True, kw_only=True):
    """What stands after a fence."""

    history: bool = False
    dialect: str = ""
    version: str = ""
    transactions: Transactions = Transactions.FILE
    file: str = ""
    base: bool = False
    applicability: Applicability | None = None
    applied: bool = False


class Case(Struct, frozen=True, kw_only=True):
    """One test of a page: `change` is its blocks (more than one only with `file=`), `history` those folded before,
    `base` those that stand in the change's stead on the base branch."""

    rule: Rule
    page: Page
    change: tuple[Block, ...]
    history: tuple[Block, ...] = ()
    base: tuple[Block, ...] = ()
    toml: Block | None = None

    def __str__(self) -> str:
        return f"{self.rule.name}:{self.change[0].line}"

    @property
    def words(self) -> Words:
        return words_of(self.page, self.change[0])

    @property
    def dialect(self) -> str:
        return self.words.dialect or (self.rule.dialects[0] if len(self.rule.dialects) == 1 else "postgres")


class Mark(Struct, frozen=True, order=True):
    """An expected or found problem: in which file of the case, on which of its lines, and what it says."""

    file: str
    line: int
    message: str

    def fits(self, found: "Mark") -> bool:
        if (self.file, self.line) != (found.file, found.line):
            return False
        if self.message.endswith("…"):
            return found.message.startswith(self.message[:-1])
        return found.message == self.message


def cases_of(rules: Iterable[Rule]) -> Iterator[Case]:
    for rule in rules:
        yield from _cases(rule, page_of(rule))


def _cases(rule: Rule, page: Page) -> Iterator[Case]:
    section = 0
    history: list[Block] = []
    folder: list[Block] = []
    toml: Block | None = None

    def files() -> Iterator[Case]:
        """The case that the blocks with `file=` make which came in a row, if any did."""
        if folder:
            before = tuple(block for block in folder if words_of(page, block).history)
            base = tuple(block for block in folder if words_of(page, block).base)
            change = tuple(block for block in folder if block not in (*before, *base))
            folder.clear()
            yield Case(rule=rule, page=page, change=change, history=before, base=base, toml=toml)

    for block in page.blocks:
        if block.section != section:
            yield from files()
            section, toml = block.section, None
            history.clear()
        is_file = block.language in DOCUMENTS or any(word.startswith("file=") for word in block.words)
        if block.language not in ("sql", "diff", "toml") and not is_file:
            continue
        words = Words() if block.language == "toml" else words_of(page, block)
        known = [words_of(page, each) for each in folder]
        if not words.file or (words.file, words.base) in [(each.file, each.base) for each in known]:
            yield from files()
        if block.language == "toml":
            toml = block
        elif words.file:
            folder.append(block)
        elif words.history:
            history.append(block)
        else:
            same = tuple(each for each in history if words_of(page, each).dialect == words.dialect)
            yield Case(rule=rule, page=page, change=(block,), history=same, toml=toml)
    yield from files()


def words_of(page: Page, block: Block) -> Words:
    found = Words(file=DOCUMENTS.get(block.language, ""))
    for word in block.words[1:]:
        key, _, value = word.partition("=")
        if word in ("history", "base"):
            found = replace(found, **{word: True})
        elif word == "applied" and block.language == "diff":
            found = replace(found, applied=True)
        elif word in ("safe", "unsafe") and block.language == "diff":
            found = replace(found, applicability=Applicability(word))
        elif word in VERSIONS:
            found = replace(found, dialect=word)
        elif any(word in versions for versions in VERSIONS.values()):
            found = replace(found, version=word)
        elif key == "transactions" and value in [mode.value for mode in Transactions]:
            found = replace(found, transactions=Transactions(value))
        elif key == "file" and value:
            found = replace(found, file=value)
        else:
            raise PageError(f"{page.path.name}:{block.line - 1}: the word {word!r} means nothing to a test")
    return found


# --- running one ------------------------------------------------------------------------------


def check(case: Case, folder: Path) -> None:
    """Run one case; PageError says what is wrong. `folder` is an empty one, and the working directory."""
    (check_diff if is_diff(case) else check_sql)(case, folder)


def check_sql(case: Case, folder: Path) -> None:
    """Raise PageError where the rule's findings are not those that the blocks' marks announce."""
    files: dict[str, tuple[Block, str]] = {}
    expected: list[Mark] = []
    for number, block in enumerate((*case.history, *case.change), start=1):
        name = f"migrations/{words_of(case.page, block).file or f'{number}.sql'}"
        text, marks = unmarked(name, block.text)
        files[name] = (block, text)
        expected += marks
    found = [mark_of(finding) for finding in run(case, folder, {name: text for name, (_, text) in files.items()})]
    missing, surplus = differences(expected, found)
    if missing or surplus:
        lines = [f"{case.rule.name}: {case.page.path}"]
        for title, marks in (("announced, but not found", missing), ("found, but not announced", surplus)):
            for mark in marks:
                block, text = files[mark.file]
                line = (text.splitlines() or [""])[mark.line - 1]
                lines += [f"  line {block.line + mark.line - 1}: {line.strip()}", f"    {title}: {mark.message}"]
        raise PageError("\n".join(lines))


def check_diff(case: Case, folder: Path) -> None:
    """Raise PageError unless the files before the change raise a problem, the fixes that the rule offers for it
    make the files after, and those raise none."""
    place = f"{case.page.path}:{case.change[0].line}"
    before, after = sides(case)
    old = list(before)[: len(case.history)]
    for name, text in before.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    config = _config(case, folder).override("test", **_settings(case))
    rules = {**load_rules(), case.rule.name: case.rule}
    if Allowance not in case.rule.checks:
        config = config.only((case.rule.name,))
    documents = {f"migrations/{words_of(case.page, each).file}" for each in case.change if each.language in DOCUMENTS}
    new = tuple(name for name in before if name not in old and name not in documents)
    scope = Scope() if any(words_of(case.page, each).applied for each in case.change) else Scope(new=new)
    wanted = frozenset((Applicability.SAFE, Applicability.UNSAFE))
    outcome = whole_run(["migrations"], config, rules, scope=scope, fixing=Fixing(wanted=wanted, shown=False))
    if not outcome.findings:
        raise PageError(f"{place}: nothing is found before the change")
    (mended,) = outcome.mended or [None]
    if mended is None or not mended.applied:
        raise PageError(f"{place}: no fix is offered: {[each.reason for each in mended.dropped] if mended else ''}")
    made = {**before, **{name: source.text for name, source in mended.texts.items()}}
    if made != after:
        raise PageError(f"{place}: the fix makes\n{_shown(made, before)}\nbut the page says\n{_shown(after, before)}")
    kinds = {each.fix.applicability for each in mended.applied if each.fix is not None}
    said = {words_of(case.page, block).applicability for block in case.change if block.language == "diff"}
    if kinds != said:
        found, expected = (", ".join(sorted(each.value for each in some if each)) for some in (kinds, said))
        raise PageError(f"{place}: the fix is {found}, but the page says {expected or 'nothing of that'}")
    if mended.result.findings:
        raise PageError(f"{place}: after the change there still is: {mended.result.findings[0].message}")


def _shown(files: dict[str, str], before: dict[str, str]) -> str:
    """The files that are not as before."""
    return "".join(f"{name}:\n{text}" for name, text in files.items() if before.get(name) != text)


def _settings(case: Case) -> dict[str, Any]:
    """What the words of a block set in the configuration."""
    settings: dict[str, Any] = {"dialect": case.dialect}
    if not case.words.file:
        settings |= {"transaction": case.words.transactions, "layout": "plain"}
        if case.words.transactions is Transactions.ASSUMED:
            settings["transaction"] = None
    if case.words.version:
        settings[case.dialect] = case.words.version
    return settings


def is_diff(case: Case) -> bool:
    return any(block.language == "diff" for block in case.change)


def sides(case: Case) -> tuple[dict[str, str], dict[str, str]]:
    """The files before and after the change that a diff shows, those of the history first."""
    before: dict[str, str] = {}
    after: dict[str, str] = {}
    for number, block in enumerate((*case.history, *case.change), start=1):
        name = f"migrations/{words_of(case.page, block).file or f'{number}.sql'}"
        if block.language == "diff":
            before[name], texts = _sides(name, block.text)
            after |= texts
        else:
            before[name] = after[name] = unmarked(name, block.text)[0]
    return before, after


def _sides(name: str, text: str) -> tuple[str, dict[str, str]]:
    """A file's text before, and the texts of this file and of new ones after."""
    before: list[str] = []
    after: dict[str, list[str]] = {name: []}
    for line in text.splitlines():
        if line.startswith("+++ "):
            name = f"migrations/{line[4:]}"
            after[name] = []
            continue
        if line[:1] != "+":
            before.append(line[1:])
        if line[:1] != "-":
            after[name].append(line[1:])
    return joined(before), {name: joined(lines) for name, lines in after.items()}


def joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def run(case: Case, folder: Path, texts: dict[str, str]) -> list[Finding]:
    """What the case's rule finds in these texts, of which the last are the change."""
    return passed(case, folder, texts).findings


def passed(
    case: Case,
    folder: Path,
    texts: dict[str, str],
    *,
    version: str = "",
    observe: Callable[[StatementImpact], None] | None = None,
) -> Pass:
    """The pass of the case's rule over these texts, of which the last are the change.

    `version`: of the server, instead of the one that the block says. `observe`: as the pass takes it.
    A rule about comments that allow findings is passed among the others that the configuration asks for.
    """
    config = _config(case, folder)
    dialect = load(case.dialect)
    if version or case.words.version:
        config = replace(config, **{dialect.name: version or case.words.version})
    change = _changed(case, folder, texts, config)
    rules = {case.rule.name: case.rule}
    severities = {case.rule.name: case.rule.severity}
    about_allowances = Allowance in case.rule.checks
    if about_allowances:
        rules = load_rules()
        severities |= chosen(config, rules)
    config, blueprint = blueprint_of(of_history(change.history.root) if case.words.file else None, config, {})
    result = Pass(
        change.history,
        dialect,
        version=config.version(dialect.name),
        config=config,
        rules=[rules[name] for name in severities],
        severities=severities,
        options=options_of(config, rules),
        change=change.new,
        edited=change.edited,
        observe=observe,
        blueprint=blueprint,
    )
    result.run()
    if about_allowances:
        result.findings[:] = [finding for finding in settled(result, rules)[0] if finding.rule == case.rule.name]
    return result


def _changed(case: Case, folder: Path, texts: dict[str, str], config: Config) -> Change:
    """The history that the texts make, and what of it is the change."""
    old = {name: texts[name] for name in list(texts)[: len(case.history)]}
    if not case.base:
        history = _discovered(folder, texts, config) if case.words.file else _assembled(case, texts, config)
        return Change(new=frozenset(m.number for m in history.migrations if m.path not in old), history=history)
    base = {f"migrations/{words_of(case.page, block).file}": block.text for block in case.base}
    _discovered(folder, {**old, **base}, config)
    git = ("git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "base")):
        subprocess.run((*git, *arguments), check=True)
    for name in base.keys() - texts.keys():
        (folder / name).unlink()
    found = Selection(Scope(auto="asked", base="main")).of(_discovered(folder, texts, config), whole=True)
    assert found is not None
    return found


def _config(case: Case, folder: Path) -> Config:
    if case.toml is None:
        return Config()
    file = folder / "dblint.toml"
    file.write_text(case.toml.text, encoding="utf-8")
    return load_config(file)


def _assembled(case: Case, texts: dict[str, str], config: Config) -> History:
    migrations = []
    blocks = (*case.history, *case.change)
    for number, (path, text) in enumerate(texts.items()):
        block = blocks[min(number, len(blocks) - 1)]
        source = Source(path, text)
        migrations.append(
            Migration(
                number=number,
                version=str(number + 1),
                description="",
                source=source,
                up=(Script.whole(source),),
                transactions=words_of(case.page, block).transactions,
            )
        )
    return History(root="migrations", layout="plain", migrations=tuple(migrations))


def _discovered(folder: Path, texts: dict[str, str], config: Config) -> History:
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    mode = config.transaction.value if config.transaction else ""
    (history,) = discover(Path("migrations"), layout=config.layout, transactions=mode)
    return history


# --- marks ------------------------------------------------------------------------------------


def unmarked(file: str, text: str) -> tuple[str, list[Mark]]:
    """The text without its marks, its lines where they were, and the marks."""
    lines: list[str] = []
    marks: list[Mark] = []
    anchor = 1
    for number, line in enumerate(text.splitlines(), start=1):
        first = MARK.search(line)
        bare = line[: first.start()] if first else line
        if bare.strip():
            anchor = number
        marks += [Mark(file, anchor, found[1]) for found in MARK.finditer(line)]
        lines.append(bare)
    return "".join(f"{line}\n" for line in lines), marks


def mark_of(finding: Finding) -> Mark:
    return Mark(finding.source.path, finding.source.position(finding.span.start).line, finding.message)


def differences(expected: Iterable[Mark], found: Iterable[Mark]) -> tuple[list[Mark], list[Mark]]:
    """The expected marks that no found one fits, and the found ones that are left; each is used once."""
    left = sorted(found)
    missing = []
    for mark in sorted(expected, key=lambda each: each.message.endswith("…")):
        match = next((each for each in left if mark.fits(each)), None)
        if match is None:
            missing.append(mark)
        else:
            left.remove(match)
    return sorted(missing), left
