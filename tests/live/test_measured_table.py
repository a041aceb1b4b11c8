"""The stored table of measurements, with which predictions are compared, is what servers do today."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.live.measure import Group, group_of, measure, read_table
from tests.live.server import Server
from tests.live.totals import count
from tests.postgres.test_impact import MEASURED, surprises

_POSTGRES = Path(__file__).parents[1] / "postgres"


def test_predictions_and_the_stored_table_are_true(server: Server, request: pytest.FixtureRequest) -> None:
    rows = read_table(_POSTGRES / "impact_table.json").rows
    schema = (_POSTGRES / "impact_schema.sql").read_text()
    stored = {row.id: row.on(server.major) for row in rows}
    differing: dict[str, Group] = {}
    # What runs outside a transaction is watched while it runs, and a loaded machine may look too late: look again.
    for _ in range(3):
        measured = {case.id: group_of(server.major, found) for case, found in measure(server, schema, rows)}
        differing = {name: group for name, group in measured.items() if not _agree(group, stored[name])}
        if not differing or not all(group.sampled for group in differing.values()):
            break
        rows = [row for row in rows if row.id in differing]
    cases = [case.values for case in MEASURED if case.values[2] == server.major]
    surprising = {row["id"]: found for row, group, major in cases if (found := surprises(row, group, major))}
    count(request.node, "impact", len(cases), len(differing.keys() | surprising.keys()))
    assert differing == {}
    assert surprising == {}


def _agree(measured: Group, stored: Group | None) -> bool:
    """Locks that were sampled are a lower bound: what both samples hold must be the same."""
    if stored is None:
        return False
    if measured.sampled and stored.sampled:
        both = measured.locks.keys() & stored.locks.keys()
        if any(measured.locks[name] != stored.locks[name] for name in both):
            return False
        measured = replace(measured, locks=stored.locks)
    return replace(measured, majors=stored.majors) == stored
