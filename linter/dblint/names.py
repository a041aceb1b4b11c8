"""Names of database objects, folded as the database folds them."""

import re

from msgspec import Struct

_READABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_$]*\Z")
_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*\Z")


class Name(Struct, frozen=True, order=True):
    """A possibly schema-qualified name, unquoted and case-folded. `schema` is "" when not written."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        """For people: quoted only where it would be hard to read otherwise. For SQL text there is `sql`."""
        name = self.name if _READABLE.match(self.name) else quote(self.name)
        if not self.schema:
            return name
        return f"{self.schema if _READABLE.match(self.schema) else quote(self.schema)}.{name}"

    @property
    def sql(self) -> str:
        """As SQL needs it."""
        return f"{quote(self.schema)}.{quote(self.name)}" if self.schema else quote(self.name)

    def within(self, schema: str) -> "Name":
        """This name, qualified by `schema` unless it already is qualified."""
        return self if self.schema else Name(self.name, schema)


def quote(identifier: str) -> str:
    """The identifier as SQL needs it: quoted only where its spelling asks for it."""
    if _PLAIN.match(identifier):
        return identifier
    return '"' + identifier.replace('"', '""') + '"'
