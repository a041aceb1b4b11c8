"""What a blueprint says that dblint's configuration can say too: severities, server, tenants and names.

The nearest word counts: for severities the blueprint's own, then `validation-rules.yaml`, then dblint's configuration;
for everything else the blueprint counts where the configuration is silent.
"""

from collections.abc import Callable, Iterable
from typing import Any, get_args, get_type_hints

from msgspec.structs import replace

from dblint.blueprint.blueprint import Blueprint, Fault
from dblint.blueprint.nodes import Node
from dblint.config import NAMING_PRESETS, Config, Level, Reason, Strategy
from dblint.config_file import closest
from dblint.errors import UsageError

ENGINES = {
    "postgresql": "postgres",
    "postgres": "postgres",
    "azure-postgresql": "postgres",
    "sqlserver": "tsql",
    "mssql": "tsql",
    "azure-sql": "tsql",
    "mysql": "mysql",
}
"""What `schema.engine` may say, and which of dblint's dialects that is."""
LEVELS: dict[str, Level] = {
    "error": "error",
    "warning": "warning",
    "info": "info",
    "off": "off",
    "critical": "error",
    "high": "error",
    "medium": "warning",
    "low": "info",
}
"""What a severity may be called, and which of dblint's that is."""

Resolve = Callable[[str], Iterable[str]]
"""The rules that a name stands for; UsageError for none."""


def applied(config: Config, blueprint: Blueprint, resolve: Resolve) -> tuple[Config, Blueprint]:
    """The configuration with what the blueprint says, and the blueprint with the faults that this brought to light."""
    faults: list[Fault] = []
    config = _server(config, blueprint, faults)
    config = _tenancy(config, blueprint)
    config = _naming(config, blueprint, faults)
    config = _graded(config, blueprint, resolve, faults)
    return config, replace(blueprint, faults=(*blueprint.faults, *faults)) if faults else blueprint


def _with(config: Config, node: Node, key: str, **settings: Any) -> Config:
    return replace(config, **settings, reasons=config.reasons | {key: reason_of(node)})


def reason_of(node: Node) -> Reason:
    return Reason(node.source.path, node.line)


def _fault(node: Node, message: str) -> Fault:
    return Fault(kind="wrong value", source=node.source, span=node.span, message=message)


def _server(config: Config, blueprint: Blueprint, faults: list[Fault]) -> Config:
    """Which database it is, and which version."""
    engine = blueprint.section("schema", "engine") or blueprint.section("engine")
    dialect = ENGINES.get(engine.text.lower().replace(" ", ""), "") if engine is not None else ""
    if config.dialect is None and dialect and engine is not None:
        config = _with(config, engine, "dialect", dialect=dialect)
    version = blueprint.section("schema", "version")
    if version is None and blueprint.section("engine") is not None:
        version = next((d.root.get("version") for d in blueprint.documents if d.root.get("engine")), None)
    name = config.dialect or "postgres"
    if version is None or not version.text or name in config.reasons:
        return config
    known = get_args(get_type_hints(Config)[name])
    said = version.text if version.text in known else version.text.partition(".")[0]
    if said in known:
        return _with(config, version, name, **{name: said})
    if blueprint.section("schema", "version") is version:
        faults.append(_fault(version, f"version is {version.text!r}, and dblint knows {', '.join(known)}"))
    return config


def _tenancy(config: Config, blueprint: Blueprint) -> Config:
    """How tenants are kept apart and, where they share tables, the tenant column and the tables that must have it."""
    section = blueprint.section("multiTenant")
    if section is None:
        return config
    strategy = section.get("strategy")
    shared = strategy is None or strategy.text in _SHARING
    said: dict[str, Node] = {}
    values: dict[str, Any] = {}
    for field, path, of_shared in _TENANCY:
        node, key = section.get(*path), f"tenancy.{field.replace('_', '-')}"
        if node is not None and node.text and (shared or not of_shared) and key not in config.reasons:
            said[key], values[field] = node, node.text
    if values.get("strategy", "") not in get_args(Strategy):
        del said["tenancy.strategy"], values["strategy"]  # the schema of the document says so
    tables, excluded = section.get("tables"), section.get("excludedTables")
    # Where both are listed, a table that neither names is new, and must be one or the other.
    for field, listed in (("exclude", excluded), ("tables", tables if excluded is None else None)):
        if listed is not None and "column" in values and f"tenancy.{field}" not in config.reasons:
            said[f"tenancy.{field}"], values[field] = listed, tuple(listed.texts())
    reasons = {key: reason_of(node) for key, node in said.items()}
    return replace(config, tenancy=replace(config.tenancy, **values), reasons=config.reasons | reasons)


_SHARING = ("shared-schema-with-rls", "hybrid")
_TENANCY: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("column", ("tenantColumn",), True),
    ("type", ("tenantColumnType",), True),
    ("strategy", ("strategy",), False),
    ("setting", ("connectionManagement", "tenantContextSetting"), True),
    ("template_schema", ("templateSchema",), False),
    ("schema_prefix", ("schemaPrefix",), False),
    ("database_pattern", ("namingPattern",), False),
)
"""The setting, the way to it in multiTenant, and whether it is only for tenants that share tables."""


def _naming(config: Config, blueprint: Blueprint, faults: list[Fault]) -> Config:
    """The naming convention by name."""
    named = blueprint.section("schema", "naming")
    if named is None or not named.text or any(key.startswith("naming") for key in config.reasons):
        return config
    preset = NAMING_PRESETS.get(named.text)
    if preset is None:
        known = ", ".join(NAMING_PRESETS)
        faults.append(
            _fault(named, f"naming is {named.text!r}, and dblint knows {known}{closest(named.text, NAMING_PRESETS)}")
        )
        return config
    return _with(config, named, "naming.preset", naming=preset)


def _graded(config: Config, blueprint: Blueprint, resolve: Resolve, faults: list[Fault]) -> Config:
    """The severities of rules; what is nearest to the schema wins."""
    severity: dict[str, Level] = dict(config.severity)
    options, reasons = dict(config.rules), dict(config.reasons)
    known: set[str] = set()
    for document in blueprint.documents:  # those that count first come first
        sections = [document.root.get("schemaValidation", "rules")]
        if document.role == "rules":
            sections.append(document.root.get("rules"))
        for section in sections:
            for entry in section.elements() if section is not None else ():
                rule, level = entry.get("rule"), entry.get("severity")
                if rule is None or not rule.text:
                    continue
                try:
                    names = sorted(resolve(rule.text))
                except UsageError as error:
                    faults.append(_fault(rule, error.message))
                    continue
                for name in names:
                    if name in known:
                        continue
                    known.add(name)
                    grade = LEVELS.get(level.text.lower()) if level is not None else None
                    if grade is not None or name not in severity:
                        severity[name] = grade or _DEFAULT
                        reasons[f"severity.{name}"] = reason_of(rule)
                    own = entry.get("options")
                    if own is not None and own.items():
                        options[name] = {**options.get(name, {}), **_plain(own)}
                        reasons[f"rules.{name}"] = reason_of(own)
    if not known:
        return config
    return replace(config, severity=severity, rules=options, reasons=reasons)


_DEFAULT: Level = "error"
"""How grave a rule is that is listed without a severity: the specification's own word for most."""


def _plain(node: Node) -> dict[str, Any]:
    data = node.plain_data()
    return data if isinstance(data, dict) else {}
