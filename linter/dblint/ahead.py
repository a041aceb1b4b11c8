"""Reads and lowers the later part of a history in a second process while the first one works through the rest."""

import os
import pickle
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from dblint.migrations.model import History, Migration
from dblint.reading import Read, Statements
from dblint.source import Source

SHARE = 0.55
"""Of the history: reading and lowering that much takes as long as doing everything with the rest (measured)."""

_TOGETHER = 8
"""Migrations written at once: what they share is written once. More brought nothing (measured: 1, 4, 16, 64)."""


@contextmanager
def reading_ahead(history: History, read: Read) -> Iterator[Read]:
    """What gives the statements of the history's migrations, to be asked for all of them in order.

    The two processes meet once, so that neither waits for the other's every step where processors are busy. What
    the second one fails at is read in this one, and fails here in its own words.
    """
    first = round(len(history.migrations) * (1 - SHARE))
    memory = os.memfd_create("dblint")
    process = os.fork()
    if process == 0:
        _write(history, first, read, memory)
    ended = False
    try:
        with os.fdopen(memory, "rb") as file:
            received = _received(history, file)

            def statements_of(migration: Migration) -> Statements:
                nonlocal ended
                if migration.number < first:
                    return read(migration)
                if not ended:
                    os.waitpid(process, 0)
                    ended = True
                    file.seek(0)
                found = next(received, None)
                return read(migration) if found is None else found

            yield statements_of
    finally:
        if not ended:  # the pass has failed before it needed what the other one does
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)


def _sources(history: History) -> list[Source]:
    return [script.source for migration in history.migrations for script in migration.up]


def _write(history: History, first: int, read: Read, memory: int) -> None:
    """What the second process does. It ends here, whatever happens, and says nothing: the first one will see."""
    try:
        numbers = {id(source): number for number, source in enumerate(_sources(history))}
        with os.fdopen(memory, "wb") as file:
            pickler = pickle.Pickler(file, pickle.HIGHEST_PROTOCOL)
            pickler.dispatch_table = {Source: lambda source: (_source, (numbers[id(source)],))}
            migrations = history.migrations
            for number in range(first, len(migrations), _TOGETHER):
                pickler.dump([read(migration) for migration in migrations[number : number + _TOGETHER]])
                pickler.clear_memo()
    finally:
        os._exit(0)


def _source(number: int) -> Source:
    """Stands for a source in what is written."""
    raise NotImplementedError(f"source {number} is the reader's")


class _Reader(pickle.Unpickler):
    """Puts the sources of this process in the place of the other's, so that each is still one object."""

    def __init__(self, file: IO[bytes], sources: list[Source]) -> None:
        super().__init__(file)
        self.sources = sources

    def find_class(self, module: str, name: str) -> Any:
        if name == _source.__name__ and module == __name__:
            return self.sources.__getitem__
        return super().find_class(module, name)


def _received(history: History, file: IO[bytes]) -> Iterator[Statements]:
    """The statements of each migration, as far as the other process got."""
    sources = _sources(history)
    while True:
        try:
            together: list[Statements] = _Reader(file, sources).load()
        except (EOFError, pickle.UnpicklingError):
            return
        yield from together
