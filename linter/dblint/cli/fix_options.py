"""The options of `dblint check` about fixes."""

from collections.abc import Callable
from typing import Any, TypeVar

import click
from msgspec import Struct

from dblint.rule import Applicability

F = TypeVar("F", bound=Callable[..., Any])


class Asked(Struct, frozen=True, kw_only=True):
    """What the options want of fixes."""

    diff: bool
    fix: bool
    unsafe_fixes: bool
    patch: str | None

    @property
    def wanted(self) -> frozenset[Applicability]:
        """The kinds of fixes that are made; none where only reports may show them."""
        if not (self.diff or self.fix or self.patch):
            return frozenset()
        return frozenset({Applicability.SAFE, *((Applicability.UNSAFE,) if self.unsafe_fixes else ())})


_OPTIONS = (
    click.option("--diff", is_flag=True, help="Print the patch that fixes what can be fixed, and nothing else."),
    click.option("--fix", is_flag=True, help="Write the safe fixes into the files, then report what is left."),
    click.option(
        "--unsafe-fixes",
        is_flag=True,
        help="With --diff, --fix or --patch: also the fixes that change transactions, timing or the schema.",
    ),
    click.option("--patch", metavar="FILE", help="Write that patch into FILE beside the report."),
)


def fix_options(command: F) -> F:
    """Gives a command the options that `Asked` holds."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asked_of(diff: bool, fix: bool, unsafe_fixes: bool, patch: str | None) -> Asked:
    """The options, where they make sense together."""
    if diff and fix:
        raise click.UsageError("--diff shows what --fix would write: choose one.")
    if unsafe_fixes and not (diff or fix or patch):
        raise click.UsageError("--unsafe-fixes goes with --diff, --fix or --patch.")
    return Asked(diff=diff, fix=fix, unsafe_fixes=unsafe_fixes, patch=patch)
