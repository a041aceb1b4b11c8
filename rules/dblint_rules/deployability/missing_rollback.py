"""A migration cannot be undone, though its neighbours can. See missing_rollback.md."""

from collections.abc import Iterator
from functools import partial

from dblint.operations import MigrationBegin
from dblint.placing import at_end
from dblint.remedies import fix, withheld
from dblint.rule import Before, Fix, NewFile, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, gate="migration-reversibility")


@rule.check
def begin(begin: MigrationBegin, before: Before) -> Iterator[Problem]:
    """A down part of every versioned migration where the policy asks for it; else what its neighbours have."""
    policy, migration = before.context.policy, before.migration
    if migration.down:
        return
    mending = partial(written, before) if before.dialect == "postgres" else None
    if policy.policy.require_rollback:
        if not migration.repeatable:
            yield Problem(
                message=f"version {migration.version} cannot be undone: it has no down part",
                why=policy.why("require_rollback", "every migration needs one"),
                fix=mending,
            )
        return
    migrations = before.history.migrations
    for remark in before.history.remarks:
        if remark.kind != "missing down" or remark.source is not migration.source:
            continue
        if any(each.down for each in migrations[: migration.number]):
            undone = sum(1 for each in migrations if each.down)
            yield Problem(
                message=remark.message,
                span=remark.span,
                why=(f"{undone} of {len(migrations)} migrations have a down part",),
                fix=mending,
            )


def written(before: Before) -> Fix | None:
    """The down part with the inverse of each statement, and a comment where there is none."""
    from dblint.inverse import inverse
    from dblint.migrations.next_step import NoStep, has_sections, opening_of_down, way_down

    migration, history = before.migration, before.history
    text = inverse(migration, before.dialect, before.schema)
    if has_sections(history):
        opening = opening_of_down(history).rstrip("\n")
        source = migration.source
        return fix("Write the down part", at_end(source, len(source.text), f"{opening}\n{text.rstrip()}"))
    try:
        path = way_down(history, migration)
    except NoStep as error:
        return withheld(str(error))
    return fix("Write the down part", files=(NewFile(path, text),))
