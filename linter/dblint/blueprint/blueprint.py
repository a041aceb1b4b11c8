"""A database blueprint: the documents that declare one component's database, and what could not be read of them."""

from typing import Literal

from msgspec import Struct

from dblint.blueprint.nodes import Node
from dblint.blueprint.sheet import Place
from dblint.source import Source, Span

FaultKind = Literal[
    "unreadable", "duplicate key", "unknown key", "unknown section", "missing key", "wrong value", "old spelling"
]
Role = Literal["blueprint", "tables", "indexes", "rules"]


class Fault(Struct, frozen=True, kw_only=True):
    """Something that is wrong with a document as such, at its place. `related`: the other place that it is about.

    "unreadable": a document, or the rest of it, that cannot be read. "duplicate key": of two values the later counts.
    The others are what the document's JSON Schema does not provide for. "unknown section": at the top of a document,
    where that is allowed. "old spelling": a key that is read as another one.
    """

    kind: FaultKind
    source: Source
    span: Span
    message: str
    related: Span | None = None


class Document(Struct, frozen=True, kw_only=True, eq=False):
    """One YAML or JSON document: a file, or a fenced block of a Markdown file.

    `role`: "blueprint" (database-blueprint.*), "tables" (schemas/*.yaml), "indexes" (indexes/*.yaml) or "rules"
    (validation-rules.yaml). `root` is always a mapping.
    """

    source: Source
    root: Node
    role: Role = "blueprint"


class Blueprint(Struct, frozen=True, kw_only=True, eq=False):
    """All documents of one component, in the order in which they count: of a section that stands in several, the
    first is the one in force (YAML, then JSON, then Markdown, then the files of `schemas/` and `indexes/`).

    `root`: the component's folder, or the document itself where one was named, as reports print it.
    `samples`: the SQL blocks of Markdown documents. `seeds`: the paths of `seed/*.sql`, as reports print them.
    """

    root: str
    documents: tuple[Document, ...]
    faults: tuple[Fault, ...] = ()
    samples: tuple[Place, ...] = ()
    seeds: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    """Every file that was read for it."""

    def section(self, *path: str) -> Node | None:
        """What stands under these keys in the first document that has them, at its top."""
        return next(iter(self.sections(*path)), None)

    def doubtful(self, node: Node) -> bool:
        """Whether something within a value is not understood, so that what it seems to say may be a slip."""
        return any(
            fault.source is node.source and node.start <= fault.span.start < node.end
            for fault in self.faults
            if fault.kind not in ("old spelling", "unknown section")
        )

    def sections(self, *path: str) -> tuple[Node, ...]:
        """The same of each document that has it."""
        found = (document.root.get(*path) for document in self.documents)
        return tuple(node for node in found if node is not None)
