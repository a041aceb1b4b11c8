"""A view shows rows that the policies hide. See view_past_row_security.md."""

from collections.abc import Iterator

from dblint.catalog.model import Table, View
from dblint.evidence import listed, shown
from dblint.names import Name
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.tenancy._strategies import by_rows

rule = Rule(__name__, severity=Severity.WARNING, dialects=("postgres",), applies=by_rows)

TRUE = ("true", "on", "yes", "1", "")


@rule.check
def view(view: View, after: After) -> Iterator[Problem]:
    if view.temporary or (not view.materialized and view.options.get("security_invoker", "false").lower() in TRUE):
        return
    tables = sorted(guarded_tables(view, after))
    if not tables:
        return
    name = shown(after.schema, view.name)
    plain = listed(shown(after.schema, table) for table in tables)
    instead = ""
    if view.materialized:
        reason = "it keeps a copy of them, which has no policies"
        instead = "Grant it to no tenant's role, or put a view with the tenant's condition before it."
    else:
        reason = "it asks the policies as its owner"
        if after.version < 15:
            instead = "Have a function or the view's own WHERE ask for the tenant (security_invoker needs version 15)."
    yield Problem(message=f"{name} may show rows of {plain} to other tenants: {reason}", instead=instead)


def guarded_tables(view: View, after: After) -> set[Name]:
    """The tables with row-level security that the view reads itself."""
    names = {reference.relation for reference in view.uses}
    found = (after.schema.relation(name) for name in names)
    return {table.name for table in found if isinstance(table, Table) and table.row_security}
