"""Changes of a table are to be kept, and nothing keeps them. See missing_history_table.md."""

from collections.abc import Iterator

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity
from dblint_rules.blueprint._known import built

rule = Rule(__name__, severity=Severity.ERROR, applies=lambda context: context.blueprint is not None)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    section = blueprint.section("temporalTables")
    enabled = section.get("enabled") if section is not None else None
    listed = section.get("tables") if section is not None else None
    if listed is None or (enabled is not None and not enabled.is_true):
        return
    for each in listed.elements():
        name, history = each.get("name"), each.get("historyTable")
        table = built(name.text, after) if name is not None else None
        if table is None or name is None:
            continue
        if history is not None and history.text and built(history.text, after) is None:
            yield Problem(
                message=f"changes of {name.text} are lost: no migration makes {history.text}",
                source=history.source,
                span=history.span,
                object=history.text,
            )
        for key in ("start", "end"):
            column = each.get("periodColumns", key)
            if column is not None and column.text and not table.incomplete and column.text not in table.columns:
                yield Problem(
                    message=f"when a row of {name.text} was valid is not known: it has no column {column.text}",
                    source=column.source,
                    span=column.span,
                    object=f"{name.text}.{column.text}",
                )
