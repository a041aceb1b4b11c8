"""One table is called after a row, the others after their rows. See singular_table_name.md."""

from collections.abc import Iterator

from msgspec import Struct

from dblint.catalog.model import Table
from dblint.plurals import last_word, plural_of
from dblint.rule import After, Problem, Rule, Severity


class Options(Struct, frozen=True, kw_only=True, rename="kebab"):
    """`words`: last words of names that count as plurals, in small letters, beside those that have none."""

    words: tuple[str, ...] = ()


rule = Rule(__name__, severity=Severity.WARNING, recommended=False, options=Options)

UNCOUNTABLE = frozenset(
    "access audit cache content equipment feedback history info information inventory knowledge media money news "
    "research software staff stock storage traffic usage".split()
)
"""Words that nobody puts in the plural, though the library would."""


@rule.check
def table(table: Table, after: After) -> Iterator[Problem]:
    if table.partition_of is not None or after.schema.is_temporary(table.name):
        return
    word = last_word(table.name.name)
    if not word or word in UNCOUNTABLE or word in after.options(Options).words:
        return
    if plural := plural_of(word):
        yield Problem(
            message=f"{table.name.name} is called after one row: the plural of {word} is {plural}",
            origin=table.renamed_by or table.origin,
        )
