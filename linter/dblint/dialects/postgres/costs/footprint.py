"""What one operation touches, added up relation by relation while it is priced."""

from collections.abc import Iterable, Sequence

from dblint.catalog.expressions import index_uses
from dblint.catalog.generated_names import addition, choose, index_columns
from dblint.catalog.model import Column, Index, View
from dblint.catalog.schema import Schema
from dblint.impact import Impact, Lock
from dblint.names import Name
from dblint.operations import IndexKey, Operation

_LABELS = {"primary key": "pkey", "unique": "key", "exclusion": "excl"}


class Footprint:
    """Collects locks, rewrites, scans and builds; names may come as written, and are resolved here.

    Temporary relations leave no mark: nobody else can wait for them.
    """

    __slots__ = (
        "_builds",
        "_locks",
        "_operation",
        "_rewrites",
        "_scans",
        "in_transaction",
        "refused",
        "schema",
        "version",
    )

    def __init__(self, schema: Schema, version: int, operation: Operation) -> None:
        self.schema = schema
        self.version = version
        self._operation = operation
        self.in_transaction = True
        self.refused: str | None = None
        self._locks: dict[Name, Lock] = {}
        self._rewrites: dict[Name, None] = {}
        self._scans: dict[Name, None] = {}
        self._builds: dict[Name, None] = {}

    def total(self) -> Impact:
        rewrites = self._rewrites
        return Impact(
            locks=self._locks,
            rewrites=tuple(rewrites),
            scans=tuple([name for name in self._scans if name not in rewrites]),
            builds=tuple(self._builds),
            in_transaction=self.in_transaction,
            refused=self.refused,
        )

    def refuse(self, reason: str) -> None:
        """The server will reject the operation; the first reason counts."""
        if self.refused is None and self._is_certain():
            self.refused = reason

    def _is_certain(self) -> bool:
        """Whether the operation will run, on what the schema says is there, so that a refusal can be foretold."""
        operation, subject = self._operation, self._operation.subject
        return (
            not operation.tolerates
            and all(self.schema.holds(guard) for guard in operation.guards)
            and (subject is None or self.schema.uncertain(subject) is None)
        )

    def needs(self, version: int, what: str) -> None:
        """Refuse what an older server does not know."""
        if self.version < version:
            self.refuse(f"{what} needs PostgreSQL {version}")

    # --- which relations go together ---

    def partitions(self, table: Name) -> list[Name]:
        """The table and its partitions at every depth."""
        below = [t.name for t in self.schema.partitions_of(table) if t.partition_of is not None]
        return [self.schema.resolve(table), *below]

    def tree(self, table: Name) -> list[Name]:
        """The table, its partitions and its inheritance children, at every depth."""
        return [self.schema.resolve(table), *(t.name for t in self.schema.partitions_of(table))]

    def stored(self, tables: Iterable[Name]) -> list[Name]:
        """Those that hold rows themselves.

        A partitioned table whose partitions the history did not make stands for them if it is old.
        """
        found: list[Name] = []
        empty: list[Name] = []
        for name in tables:
            relation = self.schema.table(name)
            if relation is None or relation.kind == "table":
                found.append(name)
            elif relation.kind == "partitioned table" and not self.schema.is_new(name):
                empty.append(name)
        return found or empty

    def is_partitioned(self, table: Name) -> bool:
        found = self.schema.table(table)
        return found is not None and found.kind == "partitioned table"

    def columns(self, table: Name) -> dict[str, Column] | None:
        """A table's columns; None where they are not all known."""
        found = self.schema.table(table)
        return None if found is None or found.incomplete else found.columns

    def child_indexes(self, index: Index) -> list[Index]:
        """The partitions' indexes that are attached to a partitioned index, at every depth."""
        found: list[Index] = []
        for partition in self.partitions(index.table)[1:]:
            parents = {index.name, *(child.name for child in found)}
            found.extend(own for own in self.schema.indexes_of(partition) if own.parent in parents)
        return found

    # --- marks ---

    def lock(self, mode: Lock, *relations: Name) -> None:
        for relation in relations:
            name = self.schema.resolve(relation)
            if mode > self._locks.get(name, Lock.NONE) and not self.schema.is_temporary(name):
                self._locks[name] = mode

    def lock_tree(self, mode: Lock, table: Name) -> None:
        self.lock(mode, *self.tree(table))

    def lock_partitions(self, mode: Lock, table: Name) -> None:
        self.lock(mode, *self.partitions(table))

    def lock_indexes(self, mode: Lock, table: Name, column: str = "") -> list[Index]:
        """Lock a table's indexes, or those that use a column; which they are."""
        indexes = [i for i in self.schema.indexes_of(table) if not column or index_uses(i.definition, column)]
        self.lock(mode, *(index.name for index in indexes))
        return indexes

    def lock_sequences(self, mode: Lock, table: Name, column: str = "") -> None:
        """Lock the sequences that a table, or one of its columns, owns."""
        for sequence in self.schema.owned_sequences(table):
            if sequence.owned_by and column in ("", sequence.owned_by[1]):
                self.lock(mode, sequence.name)

    def scan(self, tables: Iterable[Name]) -> None:
        """Read from end to end (what only a rewrite or an index build reads is not counted again)."""
        self._mark(self._scans, self.stored(tables))

    def rewrite(self, tables: Iterable[Name]) -> None:
        """Copy to new files, with all indexes built again."""
        for table in self.stored(tables):
            self._mark(self._rewrites, [table])
            for index in self.lock_indexes(Lock.ACCESS_EXCLUSIVE, table):
                self.build(index.name)

    def copy(self, table: Name) -> None:
        """Copy a table's own file; its indexes stay where they are."""
        self._mark(self._rewrites, self.stored([self.schema.resolve(table)]))

    def build(self, *indexes: Name) -> None:
        self._mark(self._builds, indexes)

    def _mark(self, among: dict[Name, None], names: Iterable[Name]) -> None:
        for name in names:
            if not self.schema.is_temporary(name):
                among[name] = None

    # --- queries ---

    def scan_sources(self, relations: Iterable[Name]) -> None:
        """The tables that a query over these relations reads, views opened."""
        for relation in relations:
            self.scan(self.sources(relation))

    def sources(self, relation: Name) -> list[Name]:
        """A relation's tables and partitions; for a view those of what it reads (materialised ones hold rows)."""
        view = self.schema.view(relation)
        if view is None or view.materialized:
            return self.tree(relation)
        return [source for used in view_relations(view) for source in self.sources(used)]

    # --- names to be ---

    def index_name(self, table: Name, keys: Sequence[IndexKey], include: Sequence[str] = (), kind: str = "") -> Name:
        """The name that the server will give an index without one; `kind` of the constraint that it backs."""
        labels = [key.column or key.label or "expr" for key in keys]
        columns = "" if kind == "primary key" else addition(index_columns([*labels, *include]))

        def taken(name: str) -> bool:
            full = Name(name, table.schema)
            return self.schema.relation(full) is not None or full in self._builds

        return Name(choose(table.name, columns, _LABELS.get(kind, "idx"), taken), table.schema)


def view_relations(view: View) -> list[Name]:
    return sorted({reference.relation for reference in view.uses})


def quoted(name: Name | str) -> str:
    """A name as the server's messages print it: always in double quotes, without schema."""
    return f'"{name.name if isinstance(name, Name) else name}"'
