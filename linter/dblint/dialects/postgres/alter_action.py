"""One action of an ALTER TABLE, and what all kinds of actions need of it."""

from collections.abc import Callable, Hashable
from functools import cache
from typing import Any, TypeVar, cast

from msgspec import json

from dblint.dialects.postgres.clauses import Site
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.tree import AlterTableCmd, Node, items, opened
from dblint.names import Name
from dblint.operations import Expression, Guard, Operation

T = TypeVar("T")


class Action:
    """One action of an ALTER TABLE: its parse tree, and its clause in the text."""

    __slots__ = ("command", "common", "end", "kind", "site", "start", "table")

    def __init__(
        self,
        site: Site,
        table: Name,
        kind: str,
        command: AlterTableCmd,
        start: int,
        end: int,
        guards: tuple[Guard, ...],
    ) -> None:
        self.site = site
        self.table = table
        self.kind = kind
        self.command = command
        self.start = start
        self.end = end
        self.common: dict[str, Any] = {"statement": site.statement, "span": site.span(start, end)}
        if guards:
            self.common["guards"] = guards

    @property
    def cascade(self) -> bool:
        return self.command.behavior == "DROP_CASCADE"

    def definition(self, kind: type[T]) -> T:
        """What the action carries, unwrapped."""
        found: T = _decoder_of(cast(Hashable, kind)).decode(self.command.definition)[kind.__name__]
        return found

    def expression(self, start: int) -> Expression:
        return expression(self.site, self.command.definition, start, self.end)

    def options(self) -> list[Node]:
        return [item["DefElem"] for item in items(opened(self.command.definition))]


@cache
def _decoder_of(kind: Hashable) -> json.Decoder[Any]:
    return json.Decoder(dict[str, kind])  # type: ignore[valid-type]


Lower = Callable[[Action], Operation | list[Operation]]
