"""A tenant's database has a name that nobody will find it by. See tenant_database_name.md."""

import re
from collections.abc import Iterator

from dblint.operations import ServerCommand
from dblint.rule import Before, Problem, Rule, Severity
from dblint.source import Span
from dblint_rules.tenancy._strategies import by_database

rule = Rule(__name__, severity=Severity.WARNING, gate="naming-conventions", applies=by_database)

CREATE = re.compile(r'\bCREATE\s+DATABASE\s+(?:"([^"]+)"|\[([^\]]+)\]|([\w$]+))', re.IGNORECASE)


@rule.check
def command(command: ServerCommand, before: Before) -> Iterator[Problem]:
    pattern = before.config.tenancy.database_pattern
    created = CREATE.search(command.statement.text)
    if not pattern or created is None:
        return
    number = created.lastindex or 0
    name = created[number]
    parts = re.split(r"\{[^}]*\}", pattern)
    if re.fullmatch(r"[a-z0-9_]+".join(map(re.escape, parts)), name, re.IGNORECASE):
        return
    start = command.statement.span.start
    yield Problem(
        message=f"database {name} is not found as a tenant's: their names are {pattern}",
        span=Span(start + created.start(number), start + created.end(number)),
        object=name,
    )
