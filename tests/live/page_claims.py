"""What the messages of rules say that a server can be asked about: who waits, what fails, what it remarks."""

import re
from collections.abc import Iterator

from msgspec import Struct

from dblint.impact import Blocks
from dblint.names import Name
from tests.live.snapshot import Snapshot

_WHO = {
    "reads and writes of": Blocks.READS,
    "reads of": Blocks.READS,
    "every query of": Blocks.READS,
    "writes of": Blocks.WRITES,
    "writes to": Blocks.WRITES,
}
_WAITS = re.compile(r"\b(?:wait|queue)s?\b")
_WAIT = re.compile(
    rf"\b({'|'.join(_WHO)}) (.+?)(?= and (?:reads|writes) (?:and|of|to) |,? (?:one after|may wait|wait|queue))"
)

_NEVER_RUNS = re.compile(r"the deploy fails: |the statement cannot be read")
_FAILS_WITH_ROWS = re.compile(r"the deploy fails if (?P<table>\S+) has rows")
_FAILS_ON_A_VALUE = (
    (re.compile(r"the deploy fails on a value of (?P<column>\S+) longer than (?P<than>\d+) characters"), "longer"),
    (re.compile(r"the deploy fails on a value of (?P<column>\S+) beyond the range of \w+"), "beyond"),
    (re.compile(r"the deploy fails on a value of (?P<column>\S+) that is not in \S+"), "unheard of"),
    (re.compile(r"writes '(?P<value>.+)' to (?P<column>\S+) fails, and so does the deploy if a row has one"), "given"),
)
_SPEAKS_OF_FAILING = re.compile(r"\bthe deploy (?:fails|may fail)|\bdoes the deploy")
_NOT_THE_SERVER = re.compile(r"the deploy fails(?:, or one file never runs| on databases that have run \S+:)")
"""It is the runner that trips over its files."""

REMARKS = (
    (re.compile(r"the statement does nothing: .+ exists"), "already exists, skipping"),
    (re.compile(r"SET LOCAL does nothing outside a transaction"), "can only be used in transaction blocks"),
    (re.compile(r"BEGIN changes nothing: a transaction is open"), "already a transaction in progress"),
    (re.compile(r"the server keeps 63 bytes of the name"), "will be truncated to"),
)
"""What a message says, and what the server then says to the statement."""


class ClaimError(AssertionError):
    """A message that speaks of waiting or failing in words that are not known here, or of a table that is not there."""


class Wait(Struct, frozen=True):
    """Whom the holder of a lock keeps waiting, and on what, as the message names it."""

    blocks: Blocks
    relation: str

    def tables(self, before: Snapshot) -> list[Name]:
        """The tables that are meant, among those that the history made."""
        relations = before.relations.values()
        if self.relation.startswith("every table"):
            return sorted(each.name for each in relations if each.kind == "r")
        if self.relation.startswith("the table of "):
            index = self.relation.removeprefix("the table of ")
            found = [before.relations[each.table].name for each in relations if each.table and each.name.name == index]
        else:
            found = [each.name for each in relations if self.relation in (str(each.name), str(Name(each.name.name)))]
        if not found:
            raise ClaimError(f"there is no {self.relation!r}")
        return found


def waits(message: str) -> list[Wait]:
    """Who waits on what, by the message; nobody, if it does not speak of waiting."""
    if not _WAITS.search(message):
        return []
    found = [
        Wait(_WHO[who], relation) for who, names in _WAIT.findall(message) for relation in re.split(r", | and ", names)
    ]
    if not found:
        raise ClaimError(f"who waits for what is not understood: {message}")
    return found


class Row(Struct, frozen=True):
    """A row that makes a statement fail: of `table`, with `value` in `column` if that is said."""

    table: str
    column: str = ""
    value: str = ""


class Failure(Struct, frozen=True):
    """The server refuses the statement: always, or if there is such a row."""

    row: Row | None = None


def failure(message: str) -> Failure | None:
    """What the message says of failing while the migration runs."""
    if _NOT_THE_SERVER.search(message):
        return None
    if _NEVER_RUNS.match(message):
        return Failure()
    if found := _FAILS_WITH_ROWS.match(message):
        return Failure(Row(found["table"]))
    for pattern, kind in _FAILS_ON_A_VALUE:
        if found := pattern.search(message):
            table, _, column = found["column"].rpartition(".")
            return Failure(Row(table, column, _value(kind, found.groupdict())))
    if _SPEAKS_OF_FAILING.search(message):
        raise ClaimError(f"what fails is not understood: {message}")
    return None


def _value(kind: str, found: dict[str, str]) -> str:
    match kind:
        case "longer":
            return "x" * (int(found["than"]) + 1)
        case "beyond":
            return str(2**31)
        case "given":
            return found["value"]
    return "unheard of"


def remarks(message: str) -> Iterator[str]:
    """Words that the server must have said to the statement."""
    return (words for pattern, words in REMARKS if pattern.search(message))
