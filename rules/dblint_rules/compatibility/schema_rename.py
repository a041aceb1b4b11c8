"""Code that names a schema, or searches it, finds nothing. See schema_rename.md."""

from collections.abc import Iterator

from dblint.evidence import listed
from dblint.operations import RenameObject
from dblint.rule import Before, Problem, Rule, Severity

rule = Rule(__name__, severity=Severity.ERROR, dialects=("postgres",))


@rule.check
def schema_rename(rename: RenameObject, before: Before) -> Iterator[Problem]:
    if rename.kind != "schema":
        return
    schema = before.schema
    old = rename.name.name
    names = [*(table.name for table in schema.tables()), *(view.name for view in schema.views())]
    inside = [name for name in names if name.schema == old]
    if inside and all(schema.is_new(name) for name in inside):
        return
    routines = [
        function.name
        for function in schema.all_functions()
        if any(use.relation.schema == old for use in function.uses) or old in function.settings.get("search_path", "")
    ]
    yield Problem(
        message=f"code that still names the schema {old} fails, and a search_path with it finds nothing there",
        why=(
            *((f"in it: {listed(name.name for name in inside)}",) if inside else ()),
            *((f"bodies or settings that name it: {listed(routines)}",) if routines else ()),
        ),
    )
