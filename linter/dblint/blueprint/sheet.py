"""SQL that is written from documents, and keeps which character of it comes from which place."""

from bisect import bisect_right

from msgspec import Struct

from dblint.source import Position, Source, Span

BLUEPRINT = -1
"""What counts as the number of the migration that made an object which is only declared."""


class Place(Struct, frozen=True):
    """A place in a document."""

    source: Source
    span: Span

    def __str__(self) -> str:
        return f"{self.source.path}:{self.source.position(self.span.start).line}"


class Sheet(Source):
    """The SQL of one document. Its positions are those of the places that the text comes from."""

    __slots__ = ("marks", "starts")

    def __init__(self, path: str) -> None:
        super().__init__(path, "")
        self.starts: list[int] = []
        self.marks: list[Place] = []

    def place(self, offset: int) -> Place:
        """Where the text at an offset comes from."""
        return self.marks[max(bisect_right(self.starts, offset) - 1, 0)]

    def position(self, offset: int) -> Position:
        place = self.place(offset)
        return place.source.position(place.span.start)


def placed(source: Source, span: Span) -> tuple[Source, Span]:
    """The place in a document that a place in declared SQL comes from; any other place is itself."""
    if not isinstance(source, Sheet):
        return source, span
    place = source.place(span.start)
    return place.source, place.span
