"""The schema that a blueprint declares, as a catalog beside the one that the migrations make."""

from msgspec import Struct

from dblint.blueprint.nodes import Node
from dblint.blueprint.tables import Contradiction, Facts, TableFacts
from dblint.catalog.catalog import Catalog
from dblint.names import Name


class NoSql(Struct, frozen=True):
    """Something in a document that is to be SQL and is none. `what`: "the type", "the default" …"""

    node: Node
    what: str


class Declared(Struct, frozen=True, kw_only=True):
    """A blueprint's tables as a catalog, with what the documents say of them.

    `tables`: by the name in the catalog. A table whose description has a slip is `incomplete` in the catalog.
    `contradictions`: those of the facts that also mean different things.
    """

    catalog: Catalog
    facts: Facts
    tables: dict[Name, TableFacts]
    no_sql: tuple[NoSql, ...] = ()
    contradictions: tuple[Contradiction, ...] = ()
