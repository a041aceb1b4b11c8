"""Personal data reaches test environments as it is. See unmasked_personal_data.md."""

import re
from collections.abc import Iterator

from msgspec import Struct

from dblint.blueprint.blueprint import Blueprint
from dblint.blueprint.sheet import placed
from dblint.catalog.model import Column
from dblint.evidence import shown
from dblint.rule import After, Problem, Related, Rule, Severity
from dblint_rules.blueprint._known import schemas

PERSONAL = (
    "email e_mail mail phone mobile fax first_name last_name surname given_name family_name full_name maiden_name "
    "birth_date birthday date_of_birth dob ssn social_security national_id passport tax_id vat_id iban bic card_number "
    "credit_card cvv account_number street address address_line postal_code zip_code ip_address gender nationality "
    "driving_licence driving_license"
).split()
"""Words that, as a whole name or as its end or beginning, tell of a person."""


class Options(Struct, frozen=True, kw_only=True, rename="kebab"):
    """`words`: further words that tell of a person. `exempt`: columns, as column or table.column, that tell of none."""

    words: tuple[str, ...] = ()
    exempt: tuple[str, ...] = ()


rule = Rule(__name__, severity=Severity.WARNING, applies=lambda context: context.blueprint is not None, options=Options)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_TEXT = ("boolean", "timestamp with time zone", "timestamp without time zone", "uuid")


@rule.check
def document(blueprint: Blueprint, after: After) -> Iterator[Problem]:
    section = blueprint.section("dataMasking")
    enabled, rules = (section.get("enabled"), section.get("rules")) if section is not None else (None, None)
    if rules is None or blueprint.doubtful(rules) or (enabled is not None and not enabled.is_true):
        return
    masked = {node.text for each in rules.elements() if (node := each.get("column")) is not None}
    options = after.options(Options)
    tells = re.compile(
        rf"(?:^|_)(?:{'|'.join((*PERSONAL, *map(re.escape, options.words)))})(?:_?\d*|_hash|_address|_number)?$"
    )
    found = {table.name: table for schema in reversed(list(schemas(after))) for table in schema.tables()}
    for table in found.values():
        if table.partition_of is not None or after.schema.is_temporary(table.name):
            continue
        for column in table.columns.values():
            name = f"{table.name.name}.{column.name}"
            if {name, f"{table.name.schema}.{name}"} & masked or {name, column.name} & set(options.exempt):
                continue
            made = column.origin
            if personal(column, tells):
                yield Problem(
                    message=f"{shown(after.schema, table.name)}.{column.name} looks like personal data "
                    "and reaches test environments unmasked",
                    source=rules.source,
                    span=rules.line_span,
                    object=name,
                    related=(Related(*placed(made.statement.source, made.span), "the column stands here"),),
                )


def personal(column: Column, tells: re.Pattern[str]) -> bool:
    words = _CAMEL.sub("_", column.name).lower()
    return column.type.name.name not in _NO_TEXT and not words.endswith("_hash") and bool(tells.search(words))
