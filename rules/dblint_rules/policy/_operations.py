"""What the rules about words of the policy say of an operation."""

from dblint.evidence import shown
from dblint.operations import DropColumn, Operation
from dblint.phases import too_early
from dblint.policy import InForce
from dblint.rule import Before, Related


def target(operation: Operation, before: Before) -> str:
    """What the operation is about, to follow a word: ` of orders.note`, ` of orders`, or nothing."""
    subject = operation.subject
    if subject is None or not subject.name:
        return ""
    column = getattr(operation, "column", "")
    column = column if isinstance(column, str) else column.name
    return f" of {shown(before.schema, before.schema.resolve(subject))}{f'.{column}' if column else ''}"


def evidence(operation: Operation, word: str, before: Before) -> tuple[str, ...]:
    """Why a narrow word stands for the operation, where the word does not say so itself."""
    if isinstance(operation, DropColumn) and word != "DROP_COLUMN" and (reason := too_early(operation, before)):
        return (reason,)
    return ()


def declared(policy: InForce, field: str) -> tuple[Related, ...]:
    """The place in the blueprint that sets this field of the policy; nothing where the configuration does."""
    place = policy.places.get(field)
    if place is None or place.source is None or place.span is None:
        return ()
    return (Related(place.source, place.span, "the policy says so here"),)
