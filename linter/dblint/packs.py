"""Finds the rules: one module each, in the packages that the entry point group `dblint.rules` names."""

import os
import re
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from msgspec import Struct

from dblint.config import Config, Reason
from dblint.config_file import Keys, closest, decode
from dblint.errors import UsageError
from dblint.gate import NO_GATE, Gate, graded
from dblint.rule import Rule, Severity

GROUP = "dblint.rules"
BUILTIN = "dblint_rules"
EVERY = ("all", "strict")
"""Selectors that stand for every rule; "recommended" stands for those that are on by default."""

_ENTRY = r"(?m)^\s*[^#;=\s][^=\s]*\s*=\s*([\w.]+)"

Rules = dict[str, Rule]


def load_rules() -> Rules:
    """Every rule of every installed pack, by name, in order of names.

    Raises UsageError for a pack that cannot be imported and for rules that contradict each other.
    """
    rules: Rules = {}
    for package in pack_names():
        for rule in _rules_of(package):
            if other := rules.get(rule.name):
                raise UsageError(f"two rules are called {rule.name}: {other.module} and {rule.module}")
            rules[rule.name] = rule
    former: dict[str, Rule] = {}
    for rule in rules.values():
        for name in rule.formerly:
            if other := rules.get(name) or former.get(name):
                raise UsageError(f"{rule.module} was formerly {name}, and so is or was {other.module}")
            former[name] = rule
    return dict(sorted(rules.items()))


def pack_names() -> list[str]:
    """The packages that hold rules: dblint's own, also when it runs uninstalled, and those of other distributions."""
    own = [BUILTIN] if find_spec(BUILTIN) else []
    return list(dict.fromkeys([*own, *_entries(sys.path)]))


def _entries(path: Iterable[str]) -> Iterator[str]:
    """The group's values in the `entry_points.txt` of each distribution.

    The format is the packaging specification's. importlib.metadata reads it too, but importing that
    takes longer than everything else dblint does before it reads the first migration.
    """
    for place in dict.fromkeys(path):
        try:
            found = sorted(
                entry.path for entry in os.scandir(place or ".") if entry.name.endswith((".dist-info", ".egg-info"))
            )
        except OSError:
            continue
        for folder in found:
            try:
                text = Path(folder, "entry_points.txt").read_text(encoding="utf-8")
            except OSError:
                continue
            _, _, section = text.partition(f"[{GROUP}]")
            yield from re.findall(_ENTRY, section.partition("\n[")[0]) if section else ()


def _rules_of(package: str) -> Iterator[Rule]:
    for name in sorted(_modules(package, _imported(package).__path__)):
        module = _imported(name)
        rule = getattr(module, "rule", None)
        if not isinstance(rule, Rule):
            raise UsageError(f"the rule module {name} has no `rule`")
        if rule.module != name:
            raise UsageError(f"the rule in {name} says that it is of {rule.module}: write Rule(__name__, …)")
        yield rule


def _modules(package: str, folders: Iterable[str]) -> Iterator[str]:
    """The modules in the families of a pack; those and the folders whose names start with `_` hold no rules."""
    for folder in folders:
        families = [entry for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith(("_", "."))]
        for family in families:
            for file in os.scandir(family.path):
                if file.name.endswith(".py") and not file.name.startswith("_"):
                    yield f"{package}.{family.name}.{file.name[:-3]}"


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except Exception as error:
        raise UsageError(f"the rules in {name} cannot be imported: {type(error).__name__}: {error}") from error


# --- which of them run ------------------------------------------------------------------------


def resolve(selector: str, rules: Rules) -> set[str]:
    """The names of the rules that a selector stands for: a rule's name or former name, a family,
    "recommended", "strict" or "all". Raises UsageError with the nearest word for anything else."""
    return _resolved(selector, rules)[1]


def _resolved(selector: str, rules: Rules, reason: Reason | None = None) -> tuple[int, set[str]]:
    """How closely the selector names its rules (2 by name, 1 by family, 0 in general), and which they are."""
    if selector in rules:
        return 2, {selector}
    if renamed := {rule.name for rule in rules.values() if selector in rule.formerly}:
        return 2, renamed
    if family := {rule.name for rule in rules.values() if rule.family == selector}:
        return 1, family
    if selector in EVERY:
        return 0, set(rules)
    if selector == "recommended":
        return 0, {rule.name for rule in rules.values() if rule.recommended}
    former = (name for rule in rules.values() for name in rule.formerly)
    known = {*rules, *former, *(rule.family for rule in rules.values()), *EVERY, "recommended"}
    message = f"no rule or family is called {selector!r}{closest(selector, sorted(known))}"
    raise UsageError(message, path=reason.place if reason else "", line=reason.line if reason else 0)


def _ranks(selectors: Iterable[str], rules: Rules, reason: Reason | None) -> dict[str, int]:
    """How closely the selectors name each rule; a rule that none names is not in it."""
    ranks: dict[str, int] = {}
    for selector in selectors:
        rank, names = _resolved(selector, rules, reason)
        for name in names:
            ranks[name] = max(rank, ranks.get(name, -1))
    return ranks


def chosen(config: Config, rules: Rules, gate: Gate = NO_GATE) -> dict[str, Severity]:
    """The rules that run, each with the severity of its findings, in the order of `rules`. `gate`: what a
    blueprint declares, for rules that the configuration does not grade.

    `select` names them, or else the preset does; `ignore` takes away, unless `select` names more closely
    (a rule by its name beats its family). Under a preset, a rule that is given a severity runs as well.
    """
    levels: dict[str, tuple[int, str]] = {}
    for key, level in config.severity.items():
        rank, names = _resolved(key, rules, config.reason(f"severity.{key}"))
        levels |= {name: (rank, level) for name in names if rank >= levels.get(name, (0, ""))[0]}
    selected = _ranks(config.select or (config.preset,), rules, config.reason("select"))
    if not config.select:
        selected |= {name: rank for name, (rank, _) in levels.items() if rank > selected.get(name, 0)}
    ignored = _ranks(config.ignore, rules, config.reason("ignore"))
    return {
        name: Severity[levels[name][1].upper()] if name in levels else graded(rule, gate)
        for name, rule in rules.items()
        if selected.get(name, -1) > ignored.get(name, -1) and levels.get(name, (0, ""))[1] != "off"
    }


class Grades:
    """The rules that run with a configuration, with the severity of their findings in each file."""

    def __init__(self, config: Config, rules: Rules, gate: Gate = NO_GATE) -> None:
        self._config = config
        self._rules = rules
        self._gate = gate
        self._usual = chosen(config, rules, gate)
        self._by_file: dict[str, dict[str, Severity]] = {}

    def of(self, path: str) -> dict[str, Severity]:
        """The rules that run on the file, each with its severity there."""
        if not self._config.overrides:
            return self._usual
        if path not in self._by_file:
            own = self._config.for_file(path)
            self._by_file[path] = self._usual if own is self._config else chosen(own, self._rules, self._gate)
        return self._by_file[path]

    def anywhere(self) -> dict[str, Severity]:
        """The rules that run on some file. Raises UsageError if an override names one that there is not."""
        found = dict(self._usual)
        for each in self._config.overrides:
            for name, severity in chosen(self._config.within((each,)), self._rules, self._gate).items():
                found.setdefault(name, severity)
        return found


def options_of(config: Config, rules: Rules) -> dict[type[Struct], Struct]:
    """The options in force, by their Struct type: of every rule that has options, the defaults for what is not set.

    Raises UsageError, with the line, for a rule that there is not or that has no such option.
    """
    found: dict[type[Struct], Struct] = {}
    for key, settings in config.rules.items():
        reason = config.reason(f"rules.{key}") or Reason("")

        def fail(keys: Keys, message: str, reason: Reason = reason, key: str = key) -> NoReturn:
            raise UsageError(f"rules.{key}: {message}", path=reason.place, line=reason.line)

        rank, names = _resolved(key, rules, reason)
        if rank < 2:
            fail((), "options are of a rule, not of several")
        for name in names:
            kind = rules[name].options
            if kind is None:
                fail((), "this rule has no options")
            found[kind] = decode(kind, settings, fail)
    for rule in rules.values():
        if rule.options is not None and rule.options not in found:
            found[rule.options] = rule.options()
    return found
