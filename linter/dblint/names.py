"""Names of database objects, folded as the database folds them."""

import re

from msgspec import Struct

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


class Name(Struct, frozen=True, order=True):
    """A possibly schema-qualified name, unquoted and case-folded. `schema` is "" when not written."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{quote(self.schema)}.{quote(self.name)}" if self.schema else quote(self.name)

    def within(self, schema: str) -> "Name":
        """This name, qualified by `schema` unless it already is qualified."""
        return self if self.schema else Name(self.name, schema)


def quote(identifier: str) -> str:
    """The identifier as SQL needs it: quoted only where its spelling asks for it."""
    if _PLAIN.match(identifier):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'
