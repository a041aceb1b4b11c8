"""Makes the measured table: what each case of a list does on every PostgreSQL found.

    python -m tests.live.measure SCHEMA.sql CASES.json [--probe] [--output TABLE.json]

CASES.json is a list of objects: `id`, `sql`, and where needed `setup` (statements that are committed before) and
`session` (statements that run in the measured session). A table of before is also a list of cases. The table groups
majors that did the same.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import psycopg
from msgspec import Struct

from dblint.impact import Blocks, Lock
from dblint.names import Name
from tests.live.installations import Installation, installations
from tests.live.server import Server
from tests.live.tracer import Measured, Refusal, trace


class Case(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    id: str
    sql: str
    setup: tuple[str, ...] = ()
    session: tuple[str, ...] = ()


class Group(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What majors have in common. Names are written with their schema unless it is public."""

    majors: tuple[int, ...]
    locks: dict[str, str] = {}
    sampled: bool = False
    rewrites: tuple[str, ...] = ()
    truncates: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    builds: tuple[str, ...] = ()
    scans: tuple[str, ...] | None = ()
    verifies: tuple[str, ...] = ()
    in_transaction: bool = True
    blocks: dict[str, str] | None = None
    error: Refusal | None = None


class Row(Case, frozen=True, kw_only=True, omit_defaults=True):
    measured: tuple[Group, ...] = ()

    def on(self, major: int) -> Group | None:
        """The measurement of a major; None when it was not measured."""
        return next((group for group in self.measured if major in group.majors), None)


class Table(Struct, frozen=True, kw_only=True):
    """`servers`: the versions measured, by major."""

    servers: dict[str, str]
    rows: tuple[Row, ...]


def read_table(path: Path) -> Table:
    return msgspec.json.decode(path.read_bytes(), type=Table)


def read_cases(path: Path) -> list[Case]:
    read = msgspec.json.decode(path.read_bytes(), type=list[Case] | Table)
    return list(read.rows) if isinstance(read, Table) else read


def measure(
    server: Server, schema: str, cases: Iterable[Case], *, probe: bool = False
) -> Iterator[tuple[Case, Measured]]:
    """Measures each case alone on the schema; nothing of a case is left for the next one."""
    with ExitStack() as databases:
        shared = databases.enter_context(server.database(schema))
        for case in cases:
            if case.setup:
                with server.database(schema) as own:
                    try:
                        (measured,) = trace(own, [case.sql], case.setup, session=case.session, probe=probe)
                    except psycopg.Error as error:
                        # The setup, or the session, needs a newer server.
                        measured = Measured(statement=case.sql, error=Refusal.of(error))
            else:
                (measured,) = trace(shared, [case.sql], session=case.session, probe=probe, keep=False)
                if not measured.in_transaction:
                    databases.close()
                    shared = databases.enter_context(server.database(schema))
            yield case, measured


def group_of(major: int, measured: Measured) -> Group:
    """One measurement as the table writes it."""
    return Group(
        majors=(major,),
        locks=_spelled(measured.locks),
        sampled=measured.sampled,
        rewrites=_names(measured.rewrites),
        truncates=_names(measured.truncates),
        sequences=_names(measured.sequences),
        builds=_names(measured.builds),
        scans=None if measured.scans is None else _names(measured.scans),
        verifies=_names(measured.verifies),
        in_transaction=measured.in_transaction,
        blocks=None if measured.blocks is None else _spelled(measured.blocks),
        error=measured.error,
    )


def _spelled(modes: dict[Name, Lock] | dict[Name, Blocks]) -> dict[str, str]:
    return {_name(name): mode.name.replace("_", " ") for name, mode in sorted(modes.items())}


def _names(names: Iterable[Name]) -> tuple[str, ...]:
    return tuple(sorted(map(_name, names)))


def _name(name: Name) -> str:
    return name.name if name.schema == "public" else f"{name.schema}.{name.name}"


def merged(groups: Iterable[Group]) -> tuple[Group, ...]:
    """Groups of majors that did the same made one, in the order of the first of each."""
    done: list[Group] = []
    for group in groups:
        for place, other in enumerate(done):
            if msgspec.structs.replace(group, majors=other.majors) == other:
                done[place] = msgspec.structs.replace(other, majors=other.majors + group.majors)
                break
        else:
            done.append(group)
    return tuple(done)


def table(found: Sequence[Installation], schema: str, cases: Sequence[Case], *, probe: bool = False) -> Table:
    groups: dict[str, list[Group]] = {case.id: [] for case in cases}
    for installation in found:
        with Server(installation) as server:
            for case, measured in measure(server, schema, cases, probe=probe):
                groups[case.id].append(group_of(installation.major, measured))
    return Table(
        servers={str(installation.major): installation.version for installation in found},
        rows=tuple(
            Row(**{name: getattr(case, name) for name in Case.__struct_fields__}, measured=merged(groups[case.id]))
            for case in cases
        ),
    )


def rendered(made: Table) -> str:
    """The table as JSON with one line per case and one per group of majors, for diffs to be read."""
    lines = []
    for row in made.rows:
        head = _json(msgspec.structs.replace(row, measured=()))[:-1]
        groups = ",\n   ".join(map(_json, row.measured))
        lines.append(f'  {head},"measured":[\n   {groups}]}}')
    return f'{{"servers":{_json(made.servers)},\n "rows":[\n' + ",\n".join(lines) + "]}\n"


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.live.measure", description="Makes the measured table.")
    parser.add_argument("schema", type=Path, help="SQL that makes what the cases run on, with or without rows")
    parser.add_argument("cases", type=Path, help="JSON list of cases, or a table to make again")
    parser.add_argument("--probe", action="store_true", help="also try whom each lock keeps waiting")
    parser.add_argument("--output", type=Path, help="where to write the table (default: standard output)")
    given = parser.parse_args(arguments)
    cases = read_cases(given.cases)
    made = table(list(installations().values()), given.schema.read_text(), cases, probe=given.probe)
    text = rendered(made)
    if given.output:
        given.output.write_text(text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
