"""A rollback does not leave the database as it was. See rollback_does_not_invert.md."""

from collections.abc import Iterator

from msgspec import Struct

from dblint.catalog.difference import Difference
from dblint.catalog.model import ColumnReference, Origin
from dblint.evidence import shown
from dblint.inversion import MigrationUndone
from dblint.names import Name
from dblint.rule import Before, Problem, Related, Rule, Severity


class Options(Struct, frozen=True, kw_only=True, rename="kebab"):
    """`lost`: report also what no rollback can bring back, and rollbacks that do nothing."""

    lost: bool = False


rule = Rule(__name__, severity=Severity.WARNING, gate="migration-reversibility", options=Options)

MOST = 8
MEMBERS = {"column", "constraint", "policy", "trigger", "rule"}


@rule.check
def inverted(undone: MigrationUndone, before: Before) -> Iterator[Problem]:
    strict = before.options(Options).lost or before.config.preset == "strict"
    if undone.blind is not None or undone.failing is not None or (undone.empty and not strict):
        return
    told = [sentence(each, before) for each in undone.differences]
    lost = [f"not brought back: {each}" for each in undone.lost]
    if not told and not (lost and strict):
        return
    more = f", and {len(told) - 1} more" if len(told) > 1 else ""
    first = told[0] if told else f"does not bring back {undone.lost[0]}"
    rest = [f"undoing it {each}" for each in told[1:MOST]]
    if len(told) > MOST:
        rest.append(f"and {len(told) - MOST} more differences")
    yield Problem(
        message=f"undoing version {before.migration.version} {first}{more}",
        why=(*rest, *(lost if told else lost[1:])),
        related=tuple(related(undone.differences, before)),
    )


def sentence(difference: Difference, before: Before) -> str:
    """What undoing does, as the rest of "undoing version 7 …"."""
    what = subject(difference, before)
    match difference.what:
        case "missing":
            return f"does not bring back {what}"
        case "surplus":
            return f"leaves {what} behind"
        case "name":
            return f"leaves {what} under another name: {difference.second}"
        case "values" | "definition" | "query" | "body" | "attributes" | "constraints":
            return f"leaves {what} changed"
        case _:
            was = f", which was {difference.first}" if difference.first else ", which had none"
            return f"leaves the {difference.what} of {what} as {difference.second or 'none'}{was}"


def subject(difference: Difference, before: Before) -> str:
    name = str(shown(before.schema, difference.name))
    if difference.kind == "index":
        return f"index {difference.member or name}"
    if difference.kind == "privileges":
        return f"the privileges of {difference.member} on {name}"
    if difference.kind in ("function", "procedure"):
        return f"{difference.kind} {name}({difference.member})"
    if difference.kind == "column":
        return f"column {name}.{difference.member}"
    if difference.kind in MEMBERS:
        return f"{difference.kind} {Name(difference.member)} of {name}"
    return f"{difference.kind} {name}"


def related(found: tuple[Difference, ...], before: Before) -> Iterator[Related]:
    """The place in the up part that the first difference comes from."""
    for each in found[:1]:
        origin: Origin | None = each.second_origin
        if each.what == "missing":
            origin = before.schema.gone(*reference(each))
        if origin is not None and origin.migration == before.migration.number:
            yield Related.origin(origin, "the migration does this here")


def reference(difference: Difference) -> tuple[Name, str]:
    column = ColumnReference(difference.name, difference.member if difference.kind == "column" else "")
    return column.relation, column.column
