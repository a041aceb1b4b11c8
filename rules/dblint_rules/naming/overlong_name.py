"""The server keeps only part of a name, or refuses it. See overlong_name.md."""

from collections import defaultdict
from collections.abc import Iterator

from dblint.catalog.generated_names import addition, compose
from dblint.catalog.model import Constraint, Table
from dblint.evidence import shown
from dblint.names import Name
from dblint.nomenclature import LIMITS
from dblint.operations import AddConstraint, CreateIndex, CreateTable
from dblint.rule import After, Before, Problem, Rule, Severity
from dblint.written_names import GivesNames, WrittenName, long_names

rule = Rule(__name__, severity=Severity.WARNING)


@rule.check
def written(operation: GivesNames, before: Before) -> Iterator[Problem]:
    limit = LIMITS[before.dialect]
    for name in long_names(operation, limit):
        if before.dialect != "postgres":
            if len(name.written) > limit:
                taken = f"the server takes {limit} characters, and {name.written} has {len(name.written)}"
                yield Problem(message=f"the deploy fails: {taken}", span=name.span)
        elif _is_taken(operation, before, name):
            silent = isinstance(operation, CreateIndex | CreateTable) and operation.if_not_exists
            outcome = "the statement does nothing" if silent else "the deploy fails"
            yield Problem(
                message=f"{outcome}: the server cuts {name.written} to {name.kept}, which exists", span=name.span
            )
        elif name.kind != "constraint":
            yield Problem(
                message=f"the server keeps 63 bytes of the name {name.written}: it becomes {name.kept}", span=name.span
            )


def _is_taken(operation: GivesNames, before: Before, name: WrittenName) -> bool:
    if isinstance(operation, AddConstraint):
        return before.schema.constraint(operation.table, name.kept) is not None
    if name.kind not in ("table", "index"):
        return False
    schema = before.schema.resolve(operation.table if isinstance(operation, CreateIndex) else Name(name.kept)).schema
    return before.schema.relation(Name(name.kept, schema)) is not None


LABELS = {"foreign key": "fkey", "check": "check", "unique": "key", "exclusion": "excl"}


@rule.check
def generated(table: Table, after: After) -> Iterator[Problem]:
    """Names that the server made, and that differ by a number alone since it had to cut them."""
    if after.dialect != "postgres" or table.partition_of is not None:
        return
    alike: defaultdict[str, list[tuple[str, Constraint]]] = defaultdict(list)
    for constraint in table.constraints.values():
        label = LABELS.get(constraint.kind)
        if label is None or constraint.named or constraint.inherited:
            continue
        columns = addition(constraint.columns)
        whole, cut = f"{table.name.name}_{columns}_{label}", compose(table.name.name, columns, label)
        if whole != cut:
            alike[cut].append((whole, constraint))
    for cut, found in alike.items():
        for whole, constraint in found[1:]:
            if whole != found[0][0]:
                yield Problem(
                    message=f"only a number tells {constraint.name} from {cut} on {shown(after.schema, table.name)}",
                    origin=constraint.origin,
                    why=("the server cuts the names that it makes to 63 bytes",),
                    object=Name(constraint.name, table.name.name),
                )
