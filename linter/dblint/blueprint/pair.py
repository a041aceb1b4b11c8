"""A table as it is declared and as it is built, and how the differences between the two are put."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.declaration import Declared
from dblint.blueprint.difference import Difference, What
from dblint.blueprint.sheet import Place, placed
from dblint.blueprint.tables import TableFacts
from dblint.catalog.model import Origin, Table
from dblint.catalog.schema import Schema
from dblint.names import Name

T = TypeVar("T")


class Speaks(Struct, frozen=True):
    """Of which kinds of things the documents speak at all."""

    keys: bool
    uniques: bool
    checks: bool
    indexes: bool

    @classmethod
    def of(cls, declared: Declared) -> "Speaks":
        kinds = {each.kind for table in declared.catalog.tables() for each in table.constraints.values()}
        return cls("foreign key" in kinds, "unique" in kinds, "check" in kinds, declared.facts.indexed)


class Pair(Struct, frozen=True):
    """A table as it is declared and as it is built."""

    facts: TableFacts
    declared: Table
    built: Table
    declaration: Schema
    schema: Schema
    speaks: Speaks

    @property
    def name(self) -> str:
        return self.facts.name

    def place(self, origin: Origin) -> Place:
        """Where something is declared."""
        return Place(*placed(origin.statement.source, origin.span))

    def unbuilt(self, what: What, name: str, words: str, origin: Origin) -> Difference:
        return Difference(
            kind="declared not built",
            what=what,
            table=self.name,
            name=name,
            message=f"{words} is declared, and no migration makes it",
            place=self.place(origin),
            origin=self.built.origin,
            ours=self.declared.name,
            there=self.built.name,
        )

    def undeclared(self, what: What, name: str, words: str, origin: Origin) -> Difference:
        return Difference(
            kind="built not declared",
            what=what,
            table=self.name,
            name=name,
            message=f"{words} is built, and the blueprint does not declare it",
            place=(self.facts.listing if what == "index" else None) or self.facts.place,
            origin=origin,
        )

    def otherwise(
        self,
        what: What,
        name: str,
        words: str,
        place: Place,
        origin: Origin,
        declared: str,
        built: str,
        aspect: str = "",
        names: tuple[str, str] = ("", ""),
    ) -> Difference:
        return Difference(
            kind="built otherwise",
            what=what,
            table=self.name,
            name=name,
            message=f"{words} is declared {declared}, and built {built}",
            place=place,
            origin=origin,
            declared=declared,
            built=built,
            ours=self.declared.name,
            there=self.built.name,
            aspect=aspect,
            names=names,
        )


def found(among: Mapping[str, T], name: str) -> T | None:
    """What has the name, or its small letters: databases fold what is not quoted."""
    return among.get(name) or among.get(name.lower())


_USUAL_SCHEMAS = (("schema", "defaultSchema"), ("multiTenant", "templateSchema"))
"""Where a blueprint says in which schema the tables are that name none."""


def usual_schemas(blueprint: Blueprint | None) -> Iterator[str]:
    """The schemas where a table may be that names none."""
    for path in _USUAL_SCHEMAS:
        node = blueprint.section(*path) if blueprint is not None else None
        if node is not None and node.text:
            yield node.text


def built_table(name: Name, said: str, schema: Schema, blueprint: Blueprint | None) -> Table | None:
    """The table that migrations make under a declared name, in its own schema or, where none is said of it, in one of
    the usual ones."""
    for place in (name.schema, *(usual_schemas(blueprint) if not said else ())):
        for spelling in (name.name, name.name.lower()):
            if (table := schema.table(Name(spelling, place))) is not None:
                return table
    return None
