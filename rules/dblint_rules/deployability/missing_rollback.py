"""A migration cannot be undone, though its neighbours can. See missing_rollback.md."""

from collections.abc import Iterator
from functools import partial

from dblint.migrations.model import Migration, Remark
from dblint.operations import MigrationBegin
from dblint.placing import at_end
from dblint.remedies import fix
from dblint.rule import After, Before, Fix, NewFile, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.WARNING, gate="migration-reversibility")


@rule.check
def begin(begin: MigrationBegin, before: Before) -> Iterator[Problem]:
    """The policy asks for a down part of every versioned migration."""
    policy, migration = before.context.policy, before.migration
    if policy.policy.require_rollback and not migration.down and not migration.repeatable:
        yield Problem(
            message=f"version {migration.version} cannot be undone: it has no down part",
            why=policy.why("require_rollback", "every migration needs one"),
        )


@rule.check
def remark(remark: Remark, after: After) -> Iterator[Problem]:
    if remark.kind != "missing down" or after.context.policy.policy.require_rollback:
        return
    migrations = after.history.migrations
    own = next((each.number for each in migrations if each.source is remark.source), 0)
    undone = sum(1 for each in migrations if each.down)
    if any(each.down for each in migrations[:own]):
        yield Problem(
            message=remark.message,
            why=(f"{undone} of {len(migrations)} migrations have a down part",),
            fix=partial(written, migrations[own], after),
        )


def written(migration: Migration, after: After) -> Fix | None:
    """The down part with the inverse of each statement, and a comment where there is none."""
    from dblint.inverse import inverse
    from dblint.migrations.next_step import NoStep, has_sections, opening_of_down, way_down

    text = inverse(migration, after.dialect)
    if has_sections(after.history):
        opening = opening_of_down(after.history).rstrip("\n")
        source = migration.source
        return fix("Write the down part", at_end(source, len(source.text), f"{opening}\n{text.rstrip()}"))
    try:
        path = way_down(after.history, migration)
    except NoStep:
        return None
    return fix("Write the down part", files=(NewFile(path, text),))
