"""The policy in force: what the blueprint's migrationPolicy and rollback say, and the configuration elsewhere."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.nodes import Node
from dblint.config import Config, Policy
from dblint.source import Source, Span

SECTION = "migrationPolicy"
_ROLLBACK = ("rollback", "config", "rollbackScripts", "required")


def _flag(node: Node) -> bool:
    return node.is_true


def _days(node: Node) -> int:
    number = node.number
    return number if isinstance(number, int) and number > 0 else 0


def _words(node: Node) -> tuple[str, ...]:
    return tuple(node.texts())


def _headers(node: Node) -> tuple[str, ...]:
    return ("Migration", "TraceId") if node.is_true else tuple(node.texts())


def _release(node: Node) -> str:
    return "date" if node.text == "date" else "version"


_KEYS: tuple[tuple[str, tuple[str, ...], Callable[[Node], Any]], ...] = (
    ("zero_downtime", ("zeroDowntime",), _flag),
    ("zero_downtime", ("zeroDowtime",), _flag),
    ("zero_downtime", ("validation", "requireZeroDowntimeProof"), _flag),
    ("allowed", ("patterns", "allowedOperations"), _words),
    ("prohibited", ("patterns", "prohibitedOperations"), _words),
    ("expand_contract", ("patterns", "expandContract", "enabled"), _flag),
    ("max_phases", ("patterns", "expandContract", "maxPhases"), _days),
    ("phase_days", ("patterns", "expandContract", "phaseDurationDays"), _days),
    ("require_rollback", ("validation", "requireRollbackScript"), _flag),
    ("release", ("patterns", "expandContract", "releaseSource"), _release),
    ("headers", ("requiredHeaders",), _headers),
    ("headers", ("validation", "requireHeaders"), _headers),
)
"""Field, the way to its value within the section, and how it is read. Of two ways the later one that is true counts."""


class Place(Struct, frozen=True):
    """Where something is said: `text` is path:line; `source` and `span` where it is in a document."""

    text: str
    source: Source | None = None
    span: Span | None = None


class InForce(Struct, frozen=True, kw_only=True):
    """The policy, and where each of its fields is set."""

    policy: Policy = Policy()
    places: dict[str, Place] = {}

    def why(self, field: str, text: str) -> tuple[str, ...]:
        """`text (path:line)`, or nothing for what nobody set."""
        place = self.places.get(field)
        return (f"{text} ({place.text})",) if place is not None else ()


def policy_of(config: Config, blueprint: Blueprint | None) -> InForce:
    """The policy in force, field by field: the blueprint's, or else the configuration's."""
    values: dict[str, Any] = {}
    places: dict[str, Place] = {}
    for field in Policy.__struct_fields__:
        reason = config.reason(f"policy.{field.replace('_', '-')}") if config.policy != Policy() else None
        if reason is not None:
            places[field] = Place(str(reason))
    section = blueprint.section(SECTION) if blueprint is not None else None
    if section is not None:
        for field, path, read in _KEYS:
            node = section.get(*path)
            if node is not None and not values.get(field):
                values[field] = read(node)
                places[field] = Place(node.place, node.source, node.line_span)
    required = blueprint.section(*_ROLLBACK) if blueprint is not None else None
    if required is not None and required.is_true and not values.get("require_rollback"):
        values["require_rollback"] = True
        places["require_rollback"] = Place(required.place, required.source, required.line_span)
    if not values:
        return InForce(policy=config.policy, places=places)
    own = {field: getattr(config.policy, field) for field in Policy.__struct_fields__}
    return InForce(policy=Policy(**{**own, **values}), places=places)
