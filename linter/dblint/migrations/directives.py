"""Comments that speak to a runner: whose they are, and which of them the runner at hand does not hear."""

import re
from collections.abc import Iterator

from msgspec import Struct

from dblint.source import Source, Span


class Directive(Struct, frozen=True):
    """One runner's comments: `word` is a cheap sign that a text may hold one, `pattern` finds them.

    (Patterns few runs need are texts here and in the readers: `re` compiles each once, when it is first used.)
    """

    word: str
    pattern: str
    layouts: frozenset[str]
    """Those whose runner obeys it; their readers judge its spelling and place."""


def _directive(word: str, pattern: str, *layouts: str) -> Directive:
    return Directive(word, rf"(?m)^[ \t]*(--[ \t]*(?:{pattern})[^\r\n]*)", frozenset(layouts))


DIRECTIVES = (
    _directive("+goose", r"\+goose\b", "goose"),
    _directive("+migrate", r"\+migrate\b", "sql-migrate"),
    _directive("migrate:", r"migrate:(?:up|down)\b", "dbmate"),
    _directive("no-transaction", r"no-transaction\b", "sqlx"),
    _directive("atlas:", r"atlas:(?:txmode|checkpoint|delimiter)\b", "atlas"),
    _directive("flyway:", r"flyway:\w+", "flyway", "blueprint"),
    _directive("morph:", r"morph:\w+", "morph"),
    _directive("liquibase formatted", r"liquibase[ \t]+formatted", "liquibase"),
    _directive("changeset ", r"changeset[ \t]+\S+:\S+", "liquibase"),
    _directive("statement-breakpoint", r">[ \t]*statement-breakpoint", "drizzle"),
)


def strangers(source: Source, layout: str) -> Iterator[tuple[Span, str]]:
    """Directives of other runners in a file of `layout`, each with what that means."""
    text = source.text
    for directive in DIRECTIVES:
        if directive.word in text and layout not in directive.layouts:
            for found in re.finditer(directive.pattern, text):
                obeyed = " and ".join(sorted(directive.layouts))
                yield (
                    Span(found.start(1), found.end(1)),
                    f"{' '.join(found[1].split())!r} has no effect: {obeyed} reads it, {layout} does not",
                )
