"""Answers whether an object exists, as a condition in a block asks the server's catalog."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dblint.catalog.model import Relation, Table
from dblint.operations import Probe

if TYPE_CHECKING:
    from dblint.catalog.catalog import Catalog


def probed(catalog: Catalog, probe: Probe) -> bool | None:
    """None where the history may not know: an object that it never made may exist all the same."""
    name = probe.name
    if probe.kind == "schema":
        return True if name.name in catalog.state.schemas or name.name == catalog.default_schema else None
    if probe.kind == "extension":
        return True if name.name in catalog.state.extensions else None
    if probe.kind == "function":
        return True if catalog.functions(name) else None
    if probe.kind == "type":
        return True if _has_type(catalog, probe) else None
    if probe.kind == "enum value":
        found = catalog.enum(name)
        return probe.member in found.values if found else None
    if probe.kind == "role":
        return None
    candidates = _candidates(catalog, probe) if name.name else []
    if probe.kind in ("table", "view", "sequence", "index"):
        return True if candidates else False if catalog.uncertain(name) is None else None
    if probe.kind == "constraint" and not name.name:
        return any(catalog.key(probe.member) in table.constraints for table in catalog.tables()) or None
    answers = [_has_member(catalog, relation, probe) for relation in candidates]
    return True if True in answers else None if None in answers or not answers else False


def _has_type(catalog: Catalog, probe: Probe) -> bool:
    found = (catalog.enum(probe.name), catalog.domain(probe.name), catalog.user_type(probe.name))
    return any(each is not None for each in found)


def _candidates(catalog: Catalog, probe: Probe) -> list[Relation]:
    """The relation of the name; without a schema in the question, those of all schemas."""
    found = catalog.relation(probe.name)
    if probe.name.schema or catalog.ignore_case:
        return [found] if found is not None else []
    name = probe.name.name
    return [relation for full, relation in catalog.state.relations.items() if full.name == name]


def _has_member(catalog: Catalog, relation: Relation, probe: Probe) -> bool | None:
    if not isinstance(relation, Table) or relation.incomplete or catalog.uncertain(relation.name) is not None:
        return None
    members: Mapping[str, object]
    if probe.kind == "column":
        members = relation.columns
    elif probe.kind == "constraint":
        members = relation.constraints
    elif probe.kind == "trigger":
        members = relation.triggers
    else:
        members = relation.policies
    return catalog.key(probe.member) in members
