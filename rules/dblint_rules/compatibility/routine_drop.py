"""Code that calls a function fails. See routine_drop.md."""

from collections.abc import Iterator

from dblint.catalog.model import Function
from dblint.catalog.schema import Schema
from dblint.names import Name
from dblint.operations import DropFunction, RenameObject
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, recommended=False)

ROUTINES = ("function", "procedure", "routine")


@rule.check
def routine_drop(drop: DropFunction, before: Before) -> Iterator[Problem]:
    wanted = None if drop.arguments is None else tuple(argument.text for argument in drop.arguments)
    overloads = before.schema.functions(drop.name)
    gone = [function for function in overloads if wanted is None or function.arguments == wanted]
    yield from missed(drop.name, gone, before)


@rule.check
def routine_rename(rename: RenameObject, before: Before) -> Iterator[Problem]:
    if rename.kind in ROUTINES:
        yield from missed(rename.name, list(before.schema.functions(rename.name)), before)


def missed(name: Name, gone: list[Function], before: Before) -> Iterator[Problem]:
    called = [
        f for f in gone if f.returns not in ("trigger", "event_trigger") and not before.schema.introduced(f.origin)
    ]

    def there(end: Schema) -> bool:
        """Whether calls still find one: of the same name, and with as many arguments, which may have defaults."""
        now = end.functions(called[0].name)
        return all(any(len(new.arguments) >= len(old.arguments) for new in now) for old in called)

    if called:
        yield Problem(
            message=f"code that still calls {name} fails",
            why=(f"{name} was created by {called[0].origin}",),
            unless=there,
        )
