"""Rule packs: how they are found, what is refused, and which rules a configuration turns on."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from msgspec import Struct

from dblint import packs
from dblint.config import Config, Reason
from dblint.errors import UsageError
from dblint.rule import Rule, Severity

MODULE = """\
from dblint.rule import Rule, Severity
rule = Rule(__name__, severity=Severity.WARNING{more})
"""
MakePack = Callable[..., str]


@pytest.fixture
def make_pack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakePack]:
    """Makes an installed distribution with a pack of rules, and makes it the only one."""
    before = set(sys.modules)
    monkeypatch.setattr(packs, "BUILTIN", "no_such_pack")
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(package: str, **modules: str) -> str:
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "entry_points.txt").write_text(
            f"[console_scripts]\nx = y:z\n\n[{packs.GROUP}]\n# ours\nown={package}\n\n[other]\na = b\n"
        )
        (info / "METADATA").write_text(f"Name: {package}\nVersion: 1.0\n")
        for path, text in modules.items():
            file = tmp_path / package / path.replace("__", "/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.with_suffix(".py").write_text(text)
        return package

    yield make
    for name in set(sys.modules) - before:
        del sys.modules[name]


def test_entry_points_are_read_as_importlib_reads_them(make_pack: MakePack) -> None:
    make_pack("pack_one", keys__no_key=MODULE.format(more=""))
    make_pack("pack_two")
    names = packs.pack_names()
    assert {"pack_one", "pack_two"} <= set(names)
    assert set(names) == {entry.value for entry in entry_points(group=packs.GROUP)}


def test_a_pack_is_its_modules(make_pack: MakePack) -> None:
    own = make_pack(
        "pack_three",
        keys__no_key=MODULE.format(more=""),
        keys___shared="x = 1\n",
        locks__slow_build=MODULE.format(more=", formerly=('long-build',)"),
    )
    rules = packs.load_rules()
    # dblint itself may be installed, and its pack then stands beside this one
    found = [(rule.name, rule.family) for rule in rules.values() if rule.module.startswith(f"{own}.")]
    assert found == [("no-key", "keys"), ("slow-build", "locks")]
    assert packs.resolve("long-build", rules) == {"slow-build"}


@pytest.mark.parametrize(
    ("modules", "message"),
    [
        ({"keys__no_key": "import nothing_of_that_name"}, "the rules in pack_four.keys.no_key cannot be imported: "),
        ({"keys__no_key": "x = 1"}, "the rule module pack_four.keys.no_key has no `rule`"),
        (
            {"keys__a": "from dblint.rule import *\nrule = Rule('p.f.b', severity=Severity.INFO)"},
            r"the rule in pack_four.keys.a says that it is of p.f.b: write Rule\(__name__, …\)",
        ),
        (
            {"keys__a": MODULE.format(more=""), "locks__a": MODULE.format(more="")},
            "two rules are called a: pack_four.keys.a and pack_four.locks.a",
        ),
        (
            {"keys__a": MODULE.format(more=", formerly=('b',)"), "keys__b": MODULE.format(more="")},
            "pack_four.keys.a was formerly b, and so is or was pack_four.keys.b",
        ),
    ],
)
def test_packs_that_are_refused(make_pack: MakePack, modules: dict[str, str], message: str) -> None:
    make_pack("pack_four", **modules)
    with pytest.raises(UsageError, match=message):
        packs.load_rules()


# --- which rules run --------------------------------------------------------------------------


class Options(Struct, frozen=True):
    columns: int = 3
    names: tuple[str, ...] = ()


RULES = {
    rule.name: rule
    for rule in (
        Rule("p.keys.no_key", severity=Severity.ERROR),
        Rule("p.keys.wide_key", severity=Severity.WARNING, recommended=False, options=Options),
        Rule("p.locks.slow_build", severity=Severity.ERROR, formerly=("long-build",)),
    )
}


@pytest.mark.parametrize(
    ("config", "on"),
    [
        (Config(), "no-key slow-build"),
        (Config(preset="strict"), "no-key wide-key slow-build"),
        (Config(select=("keys",)), "no-key wide-key"),
        (Config(select=("recommended", "keys")), "no-key wide-key slow-build"),
        (Config(select=("long-build",)), "slow-build"),
        (Config(ignore=("keys",)), "slow-build"),
        (Config(select=("all",), ignore=("keys",)), "slow-build"),
        (Config(select=("all", "wide-key"), ignore=("keys",)), "wide-key slow-build"),
        (Config(select=("wide-key",), ignore=("wide-key",)), ""),
        (Config(severity={"no-key": "off"}), "slow-build"),
        (Config(severity={"wide-key": "info"}), "no-key wide-key slow-build"),
        (Config(severity={"wide-key": "info"}, select=("no-key",)), "no-key"),
        (Config(severity={"keys": "off", "no-key": "info"}), "no-key slow-build"),
        (Config(severity={"no-key": "off"}).only(("no-key",)), "no-key"),
        (Config(ignore=("no-key",)).only(("keys",)).without(("wide-key",)), "no-key"),
        (Config(ignore=("no-key",)).without(("slow-build",)), ""),
    ],
)
def test_chosen(config: Config, on: str) -> None:
    assert list(packs.chosen(config, RULES)) == on.split()


def test_severities() -> None:
    config = Config(severity={"no-key": "info", "keys": "warning", "long-build": "info"})
    assert packs.chosen(config, RULES) == {
        "no-key": Severity.INFO,
        "wide-key": Severity.WARNING,
        "slow-build": Severity.INFO,
    }


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (Config(select=("no-kye",)), "no rule or family is called 'no-kye'; did you mean 'no-key'?"),
        (
            Config(ignore=("lock",), reasons={"ignore": Reason("dblint.toml", 3)}),
            "dblint.toml:3: no rule or family is called 'lock'; did you mean 'locks'?",
        ),
        (
            Config(severity={"x-y": "off"}, reasons={"severity.x-y": Reason("dblint.toml", 7)}),
            "dblint.toml:7: no rule or family is called 'x-y'",
        ),
    ],
)
def test_unknown_selectors(config: Config, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        packs.chosen(config, RULES)
    assert str(caught.value) == message


def test_options() -> None:
    assert packs.options_of(Config(), RULES) == {Options: Options()}
    assert packs.options_of(Config(rules={"wide-key": {"columns": 5}}), RULES) == {Options: Options(columns=5)}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"wide-key": {"colums": 5}}, "rules.wide-key: unknown key 'colums'; did you mean 'columns'?"),
        ({"wide-key": {"columns": "5"}}, "rules.wide-key: columns: expected `int`, got `str`"),
        ({"no-key": {}}, "rules.no-key: this rule has no options"),
        ({"keys": {}}, "rules.keys: options are of a rule, not of several"),
        ({"wide": {}}, "no rule or family is called 'wide'; did you mean 'wide-key'?"),
    ],
)
def test_options_that_are_refused(rules: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        packs.options_of(Config(rules=rules), RULES)
    assert str(caught.value) == message
