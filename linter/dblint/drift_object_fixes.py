"""The migrations that give a table that is there its declared indexes, policies and row-level security."""

from msgspec.structs import replace

from dblint.blueprint.declared_sql import UNNAMED_POLICY
from dblint.blueprint.difference import Difference
from dblint.blueprint.drift_objects import FORCED, ROW_SECURITY
from dblint.blueprint.meaning import same
from dblint.blueprint.pair import found
from dblint.catalog.facts import label
from dblint.catalog.generated_names import compose
from dblint.catalog.model import Index, Policy, Table
from dblint.names import Name
from dblint.remedies import fix, recipe, spelled, sql
from dblint.rule import After, Fix, NewStep


def new_index(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    catalog = after.declared.catalog if after.declared is not None else None
    indexes = catalog.indexes_of(ours.name) if catalog is not None else ()
    index = next((each for each in indexes if each.name.name == difference.name), None)
    full = Name(difference.name, there.name.schema)
    if index is None:
        return None
    if after.schema.relation(full) is not None:
        return recipe(f"Give the index another name in the blueprint: {full.name} is there already")
    if obstacle := _obstacle(index, there):
        return obstacle
    step = _build(index, full, there, after)
    return fix(f"Build {full.name} by a new migration", steps=(step,), changes=[label("index", full)])


def _obstacle(index: Index, there: Table) -> Fix | None:
    """What has to be done in another way, or first."""
    if there.kind != "table":
        return recipe("Make the index ON ONLY the partitioned table, one CONCURRENTLY per partition, and ATTACH those")
    used = {key.column for key in index.definition.keys if key.expression is None} | set(index.definition.include)
    missing = sorted(used - there.columns.keys())
    return recipe(f"Make {there.name.name}.{missing[0]} by a new migration, and then the index") if missing else None


def _build(index: Index, full: Name, there: Table, after: After) -> NewStep:
    """The index under this name on the built table, without a wait for its writers."""
    return NewStep(
        title=f"create index {full.name}",
        up=f"{_online(index, full, there, after)};",
        down=f"DROP INDEX CONCURRENTLY IF EXISTS {spelled(after.schema, full)};",
        outside=True,
    )


def _online(index: Index, full: Name, there: Table, after: After) -> str:
    from dblint.reports.ddl import create_index

    home = there.name.schema if spelled(after.schema, there.name) == sql(there.name.name) else ""
    moved = replace(index, name=full, definition=replace(index.definition, table=there.name))
    return create_index(moved, home).replace(" INDEX ", " INDEX CONCURRENTLY ", 1)


def new_policy(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """One policy; where row-level security is yet to be turned on, that goes together with all of them."""
    policy = ours.policies.get(difference.name)
    if policy is None:
        return None
    if ours.row_security and not there.row_security:
        return recipe("The migration that turns row-level security on makes it too")
    return _by_statements(f"create policy {_named(policy, there)}", [policy], there, after)


# --- what is built otherwise ----------------------------------------------------------------------


def index_otherwise(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """The name alone by a rename; anything else by the declared index, built before the other goes."""
    declared, built = (Name(name, there.name.schema) for name in difference.names)
    catalog = after.declared.catalog if after.declared is not None else None
    indexes = catalog.indexes_of(ours.name) if catalog is not None else ()
    wanted = next((each for each in indexes if each.name.name == declared.name), None)
    old = next((each for each in after.schema.indexes_of(there.name) if each.name == built), None)
    if wanted is None or old is None:
        return None
    if old.constraint:
        return recipe(f"Declare {built.name} as the constraint that it belongs to, or give that up by a new migration")
    if declared != built:
        step = NewStep(
            title=f"rename {built.name}", up=_renamed(built, declared, after), down=_renamed(declared, built, after)
        )
        changes = [label("index", built), label("index", declared)]
        return fix(f"Rename it to {declared.name} by a new migration", steps=(step,), changes=changes)
    if obstacle := _obstacle(wanted, there):
        return obstacle
    interim = Name(compose(built.name, "", "new"), built.schema)
    if after.schema.relation(interim) is not None:
        return recipe(f"Build the declared index under another name, and let it take the place of {built.name}")
    drop = NewStep(
        title=f"drop index {built.name}",
        up=f"DROP INDEX CONCURRENTLY {spelled(after.schema, built)};",
        down=f"{_online(old, built, there, after)};",
        outside=True,
    )
    rename = NewStep(
        title=f"rename {interim.name}", up=_renamed(interim, built, after), down=_renamed(built, interim, after)
    )
    steps = (_build(wanted, interim, there, after), drop, rename)
    return fix(f"Build {built.name} anew by new migrations", steps=steps, changes=[label("index", built)])


def _renamed(old: Name, new: Name, after: After) -> str:
    return f"ALTER INDEX {spelled(after.schema, old)} RENAME TO {sql(new.name)};"


def policy_otherwise(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """A policy, or row-level security as such."""
    if difference.name in (ROW_SECURITY, FORCED):
        return _row_security(difference, ours, there, after)
    wanted, old = (each.policies.get(name) for each, name in zip((ours, there), difference.names, strict=True))
    if wanted is None or old is None:
        return None
    return _by_statements(f"replace policy {old.name}", [replace(wanted, name=old.name)], there, after, old=old)


def _row_security(difference: Difference, ours: Table, there: Table, after: After) -> Fix | None:
    """Row-level security on, with the declared policies that are missing, and forced where that is declared."""
    if difference.declared != "on" or difference.built != "off":
        return recipe("Turn it off, or on in the blueprint: who reads all rows then is for people to say")
    enable = ours.row_security and not there.row_security
    if enable and difference.name != ROW_SECURITY:
        return recipe("The migration that turns row-level security on forces it too")
    force = ours.row_security_forced and not there.row_security_forced
    missing = [each for each in ours.policies.values() if not _is_built(each, there)] if enable else []
    words = f"{'enable' if enable else 'force'} row level security of {there.name.name}"
    return _by_statements(words, missing, there, after, enable=enable, force=force)


def _by_statements(
    words: str,
    policies: list[Policy],
    there: Table,
    after: After,
    *,
    old: Policy | None = None,
    enable: bool = False,
    force: bool = False,
) -> Fix | None:
    """One migration that makes the policies and sets what is asked for. `old`: the policy that goes."""
    from dblint.reports.ddl import create_policy

    place = spelled(after.schema, there.name)
    up: list[str] = []
    down: list[str] = []
    changes: list[str] = []
    if old is not None:
        up.append(f"DROP POLICY {sql(old.name)} ON {place};")
        down.append(f"{create_policy(old, place)};")
    for policy in policies:
        name = _named(policy, there)
        if name in there.policies and old is None:
            return recipe(f"Give the policy another name in the blueprint: {there.name.name} has a {name} already")
        if missing := _missing_columns(policy, there):
            return recipe(f"Make {there.name.name}.{missing[0]} by a new migration, and then the policy")
        up.append(f"{create_policy(replace(policy, name=name), place)};")
        down.append(f"DROP POLICY {sql(name)} ON {place};")
        changes.append(label("policy", there.name, name))
    for wanted, do, undo in ((enable, "ENABLE", "DISABLE"), (force, "FORCE", "NO FORCE")):
        if wanted:
            up.append(f"ALTER TABLE {place} {do} ROW LEVEL SECURITY;")
            down.append(f"ALTER TABLE {place} {undo} ROW LEVEL SECURITY;")
    if enable or force:
        changes.append(label("row security", there.name))
    step = NewStep(title=words, up="\n".join(up), down="\n".join(reversed(down)))
    return fix(f"{words.capitalize()} by a new migration", steps=(step,), changes=changes)


def _is_built(policy: Policy, there: Table) -> bool:
    if policy.name == UNNAMED_POLICY:
        return any(same(policy.using, each.using) for each in there.policies.values())
    return found(there.policies, policy.name) is not None


def _named(policy: Policy, table: Table) -> str:
    """The policy's name, or one for a policy that is only a condition."""
    return policy_name(table.name) if policy.name == UNNAMED_POLICY else policy.name


def policy_name(table: Name) -> str:
    """What a policy is called that is declared as nothing but a condition."""
    return f"{table.name}_rows"


def _missing_columns(policy: Policy, table: Table) -> list[str]:
    """The columns that the policy asks for and the table lacks; those of other tables are theirs."""
    asked = [each for each in (policy.using, policy.check) if each is not None]
    used = {use.name for each in asked if not each.tables for use in each.columns}
    return sorted(used - table.columns.keys())
