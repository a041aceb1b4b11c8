"""Whether the migration puts values elsewhere before it drops them."""

from dblint.names import Name
from dblint.operations import CreateTableAs, Insert, Merge, Operation, Update
from dblint.rule import Before


def copied(before: Before, table: Name, column: str = "") -> bool:
    """Whether an earlier statement of the migration reads the table (or this column of it) to write to others."""
    name = before.schema.resolve(table)
    for operation in before.operations:
        if operation is before.operation:
            return False
        tables, columns = sources(operation, within=bool(column))
        if any(before.schema.resolve(each) == name for each in tables) and (not column or column in columns):
            return True
    return False


def sources(operation: Operation, *, within: bool) -> tuple[list[Name], set[str]]:
    """The relations and columns that an operation takes values from. `within`: those of its own table count too."""
    match operation:
        case Insert() | CreateTableAs() if operation.query is not None:
            return [use.name for use in operation.query.tables], {use.name for use in operation.query.columns}
        case Update():
            columns = {use.name for _, value in operation.assignments for use in value.columns}
            own = [operation.table] if within else []
            return [*own, *(use.name for use in operation.reads)], columns
        case Merge():
            return [use.name for use in operation.reads], set()
    return [], set()
