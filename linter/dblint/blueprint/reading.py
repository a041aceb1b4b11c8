"""Reads the files of a component into its blueprint."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dblint.blueprint.blueprint import Blueprint, Document, Fault, Role
from dblint.blueprint.component import Component
from dblint.blueprint.nodes import Node
from dblint.blueprint.sheet import Place
from dblint.blueprint.validation import violations
from dblint.migrations.files import read_source, shown_path
from dblint.source import Source, Span


def read(component: Component) -> Blueprint:
    """The blueprint that the files make. UsageError for a file that cannot be read or is not UTF-8; all else that is
    wrong with them is a `Fault`."""
    faults: list[Fault] = []
    documents: list[Document] = []
    samples: list[Place] = []
    sources: list[Source] = []
    roles: tuple[tuple[Role, tuple[str, ...]], ...] = (
        ("blueprint", component.documents),
        ("tables", component.tables),
        ("indexes", component.indexes),
        ("rules", component.rules),
    )
    with _no_collection():
        for role, paths in roles:
            for path in paths:
                source = read_source(Path(path))
                sources.append(source)
                documents += _documents(source, role, faults, samples)
    faults += (fault for document in documents for fault in violations(document))
    return Blueprint(
        root=shown_path(Path(component.root)),
        documents=tuple(documents),
        faults=tuple(faults),
        samples=tuple(samples),
        seeds=tuple(shown_path(Path(path)) for path in component.seeds),
        sources=tuple(sources),
    )


def from_text(path: str, text: str, role: Role = "blueprint") -> Blueprint:
    """The blueprint that one document makes; the ending of `path` says how it is written."""
    faults: list[Fault] = []
    samples: list[Place] = []
    source = Source(path, text)
    documents = tuple(_documents(source, role, faults, samples))
    faults += (fault for document in documents for fault in violations(document))
    return Blueprint(root=path, documents=documents, faults=tuple(faults), samples=tuple(samples), sources=(source,))


def _documents(source: Source, role: Role, faults: list[Fault], samples: list[Place]) -> Iterator[Document]:
    whole = Span(0, len(source.text))
    ending = source.path.rpartition(".")[2].lower()
    places: list[tuple[str, Span]] = [("json" if ending == "json" else "yaml", whole)]
    if ending == "md":
        from dblint.blueprint.markdown_text import blocks

        places = [(block.language, block.span) for block in blocks(source)]
    for language, span in places:
        if language == "sql":
            samples.append(Place(source, span))
        reader = _READERS.get(language)
        root = reader()(source, span, faults) if reader else None
        if root is None:
            continue
        if isinstance(root.content, dict):
            _respell(root)
            yield Document(source=source, root=root, role=role)
        elif ending != "md" and root.kind != "nothing":
            message = f"a blueprint is a mapping of sections, and this is {_WORDS[root.kind]}"
            faults.append(Fault(kind="unreadable", source=source, span=root.line_span, message=message))


OLD_SPELLINGS = {"zeroDowtime": "zeroDowntime", "gracePeridSeconds": "gracePeriodSeconds"}
"""Keys as the specification itself misspells them."""


def _respell(root: Node) -> None:
    """Make what stands under an old spelling found under the right one as well."""
    if any(old in root.source.text for old in OLD_SPELLINGS):
        for node in root.walk():
            if isinstance(node.content, dict):
                for old, new in OLD_SPELLINGS.items():
                    if old in node.content:
                        node.content.setdefault(new, node.content[old])


_WORDS = {"list": "a list", "text": "text", "number": "a number", "boolean": "true or false"}


def _yaml() -> Callable[[Source, Span, list[Fault]], Node | None]:
    from dblint.blueprint.yaml_text import read_yaml

    return read_yaml


def _json() -> Callable[[Source, Span, list[Fault]], Node | None]:
    from dblint.blueprint.json_text import read_json

    return read_json


_READERS = {"yaml": _yaml, "json": _json}


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the cycle collector, which would walk the same hundred thousands of nodes again and again."""
    import gc

    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
