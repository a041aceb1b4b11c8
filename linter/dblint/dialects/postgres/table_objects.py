"""What hangs on a table: policies, triggers and rewrite rules."""

from typing import Literal, cast

from dblint.dialects.postgres.clauses import Phrases, Site
from dblint.dialects.postgres.expressions import expression
from dblint.dialects.postgres.tree import qualified, words
from dblint.dialects.postgres.tree_objects import CreateTrigStmt, PolicyStmt, RuleStmt
from dblint.operations import (
    AlterPolicy,
    CreatePolicy,
    CreateRule,
    CreateTrigger,
    Expression,
    Operation,
    PolicyCommand,
)

_USING = Phrases("USING")
_CHECK = Phrases("WITH CHECK")
_WHEN = Phrases("WHEN")

# Bits of a trigger's timing and events (src/include/catalog/pg_trigger.h).
_TIMINGS: dict[int, Literal["before", "after", "instead of"]] = {0: "after", 1 << 1: "before", 1 << 6: "instead of"}
_EVENTS = {1 << 2: "insert", 1 << 3: "delete", 1 << 4: "update", 1 << 5: "truncate"}


def create_policy(site: Site, node: PolicyStmt) -> list[Operation]:
    using, check = _conditions(site, node)
    return [
        CreatePolicy(
            statement=site.statement,
            span=site.whole,
            name=node.policy_name,
            table=node.table.name,
            command=cast(PolicyCommand, node.cmd_name or "all"),
            permissive=node.permissive,
            roles=tuple([item.role.name for item in node.roles]) or ("public",),
            using=using,
            check=check,
        )
    ]


def alter_policy(site: Site, node: PolicyStmt) -> list[Operation]:
    using, check = _conditions(site, node)
    return [
        AlterPolicy(
            statement=site.statement,
            span=site.whole,
            name=node.policy_name,
            table=node.table.name,
            roles=tuple([item.role.name for item in node.roles]) if node.roles else None,
            using=using,
            check=check,
        )
    ]


def _conditions(site: Site, node: PolicyStmt) -> tuple[Expression | None, Expression | None]:
    start = site.name_end(site.offset(node.table.location))
    using = check = None
    if node.qual:
        inside = site.parenthesis(site.after(_USING, start, site.end), site.end) or (start, site.end)
        using = expression(site, node.qual, *site.trimmed(*inside))
    if node.with_check:
        inside = site.parenthesis(site.after(_CHECK, start, site.end), site.end) or (start, site.end)
        check = expression(site, node.with_check, *site.trimmed(*inside))
    return using, check


def create_trigger(site: Site, node: CreateTrigStmt) -> list[Operation]:
    when = None
    if node.when:
        begin = site.after(_WHEN, site.name_end(site.offset(node.relation.location)), site.end)
        inside = site.parenthesis(begin, site.end) or (begin, site.end)
        when = expression(site, node.when, *site.trimmed(*inside))
    return [
        CreateTrigger(
            statement=site.statement,
            span=site.whole,
            name=node.trigname,
            table=node.relation.name,
            function=qualified(node.funcname),
            timing=_TIMINGS.get(node.timing, "after"),
            events=tuple([event for bit, event in _EVENTS.items() if node.events & bit]),
            columns=words(node.columns),
            per_row=node.row,
            constraint=node.isconstraint,
            when=when,
            or_replace=node.replace,
        )
    ]


def create_rule(site: Site, node: RuleStmt) -> list[Operation]:
    return [
        CreateRule(
            statement=site.statement,
            span=site.whole,
            name=node.rulename,
            table=node.relation.name,
            event=node.event.removeprefix("CMD_").lower(),
            or_replace=node.replace,
        )
    ]
