"""A stage of the pipeline is run by nobody knows what. See unknown_pipeline_tool.md."""

from collections.abc import Iterator

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.rule import After, Problem, Rule, Severity

TOOLS = (
    "alembic atlas bash custom dbmate dblint docker dotnet-ef dotnet-test ef-migrate flyway flyway-clean flyway-info "
    "flyway-migrate flyway-repair flyway-validate golang-migrate goose gradle jest junit k6 liquibase liquibase-status "
    "liquibase-update liquibase-validate maven npm pg_dump pg_prove pgbench pgtap prisma psql pytest sqitch sqlcmd "
    "sqlfluff squawk testcontainers"
).split()


class Options(Struct, frozen=True, kw_only=True):
    """`tools`: further tools that the pipeline knows."""

    tools: tuple[str, ...] = ()


rule = Rule(__name__, severity=Severity.WARNING, applies=lambda context: context.blueprint is not None, options=Options)


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    known = (*TOOLS, *after.options(Options).tools)
    for part in ("ci", "cd"):
        section = blueprint.section("databasePipeline", part, "stages")
        for stage in section.elements() if section is not None else ():
            tool = stage.get("tool")
            if tool is None or not tool.text or tool.text in known or tool.text.startswith("custom-"):
                continue
            from difflib import get_close_matches

            close = get_close_matches(tool.text, known, n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            yield Problem(
                message=f"no tool is called {tool.text!r}, so the stage does not run{hint}",
                source=tool.source,
                span=tool.span,
                object=tool.text,
            )
