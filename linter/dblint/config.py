"""What a run is told: the keys of `dblint.toml`, as frozen values."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from dblint.migrations.model import Transactions
from dblint.names import Name
from dblint.naming import Convention

Dialect = Literal["postgres", "tsql", "mysql"]
Level = Literal["error", "warning", "info", "off"]
FailOn = Literal["error", "warning", "info", "never"]
Preset = Literal["recommended", "strict"]
Strategy = Literal["", "shared-schema-with-rls", "schema-per-tenant", "database-per-tenant", "hybrid"]
Release = Literal["version", "date"]


class Naming(Struct, frozen=True, kw_only=True, rename="kebab"):
    """The convention for the names of each kind of object; None where anything goes.

    A unique index may follow `unique` or `index`. `function` is for procedures too. `preset` names one of
    `NAMING_PRESETS`, which counts for the kinds that are not set.
    """

    preset: Literal["", "postgres-blueprint", "sqlserver-blueprint"] = ""

    table: Convention | None = None
    column: Convention | None = None
    index: Convention | None = None
    unique: Convention | None = None
    primary_key: Convention | None = None
    foreign_key: Convention | None = None
    check: Convention | None = None
    exclusion: Convention | None = None
    sequence: Convention | None = None
    view: Convention | None = None
    materialized_view: Convention | None = None
    enum: Convention | None = None
    domain: Convention | None = None
    type: Convention | None = None
    function: Convention | None = None
    trigger: Convention | None = None
    policy: Convention | None = None
    reserved: tuple[str, ...] = ()
    """Names that nothing may have, beyond the database's own key words."""


_SNAKE, _PASCAL = Convention("snake_case"), Convention("PascalCase")
NAMING_PRESETS = {
    "postgres-blueprint": Naming(
        preset="postgres-blueprint",
        index=Convention("ix_{table}_*"),
        unique=Convention("uq_{table}_*"),
        check=Convention("ck_{table}_*"),
        sequence=Convention("seq_{table}_*"),
        table=_SNAKE,
        column=_SNAKE,
        view=_SNAKE,
        materialized_view=_SNAKE,
        enum=_SNAKE,
        domain=_SNAKE,
        function=_SNAKE,
    ),
    "sqlserver-blueprint": Naming(
        preset="sqlserver-blueprint",
        index=Convention("IX_{table}_*"),
        primary_key=Convention("PK_{table}"),
        foreign_key=Convention("FK_{table}_*"),
        unique=Convention("UQ_{table}_*"),
        check=Convention("CK_{table}_*"),
        table=_PASCAL,
        column=_PASCAL,
        view=_PASCAL,
        function=_PASCAL,
    ),
}
"""The conventions of the blueprint specification for PostgreSQL, and those of its SQL Server teams."""


def with_preset(naming: Naming) -> Naming:
    """The conventions with those of the preset for the kinds that are not set."""
    preset = NAMING_PRESETS.get(naming.preset)
    if preset is None:
        return naming
    unset = (name for name in preset.__struct_fields__ if getattr(naming, name) in (None, ()))
    return replace(naming, **{name: getattr(preset, name) for name in unset})


class Tenancy(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Which tables hold rows of tenants, by which column, and how tenants are kept apart.

    Without a column nothing is asked about columns. `setting`: the session variable that row-level security reads.
    `template_schema`, `schema_prefix`: of the strategy schema-per-tenant; `database_pattern`: of database-per-tenant,
    with {…} for what differs.
    """

    column: str = ""
    type: str = ""
    tables: tuple[str, ...] = ("*",)
    exclude: tuple[str, ...] = ()
    strategy: Strategy = ""
    setting: str = ""
    template_schema: str = ""
    schema_prefix: str = ""
    database_pattern: str = ""

    def covers(self, table: Name) -> bool:
        """Whether the table is a tenant's: a glob may say `name` or `schema.name`."""
        if not self.column:
            return False
        spellings = (table.name, f"{table.schema}.{table.name}") if table.schema else (table.name,)

        def among(globs: tuple[str, ...]) -> bool:
            return any(fnmatchcase(spelling, glob) for glob in globs for spelling in spellings)

        return among(self.tables) and not among(self.exclude)


class Policy(Struct, frozen=True, kw_only=True, rename="kebab"):
    """What migrations may do. `allowed` and `prohibited` hold words of `dblint.vocabulary`; () allows everything.

    `zero_downtime`: every migration is held to it, not only those whose header says so. `expand_contract`: a column
    may go at the end of it. `max_phases`: how many migrations may take part (0: any number). `phase_days`: how long
    the steps must be apart. `release`: what tells that the step before is of an earlier release. `headers`: what each
    migration's leading comment must say, such as "Migration" for `-- Migration: …`.
    """

    allowed: tuple[str, ...] = ()
    prohibited: tuple[str, ...] = ()
    zero_downtime: bool = False
    expand_contract: bool = False
    max_phases: int = 0
    phase_days: int = 0
    release: Release = "version"
    require_rollback: bool = False
    headers: tuple[str, ...] = ()


class Reason(Struct, frozen=True):
    """Where a setting comes from: a file and its line (from 1), or an option of the command line (line 0)."""

    place: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.place}:{self.line}" if self.line else self.place


class Config(Struct, frozen=True, kw_only=True, rename="kebab"):
    """Everything a run can be told. Up to `overrides`, the fields are the keys of the file.

    `dialect` None: detected from the files. `layout` "": detected. `transaction` None: as the layout's
    runner does it. `select`: what runs instead of the preset: rules, families, "recommended", "all".
    `rules`: the options of rules, by rule, as written. `require_reason`: whether a comment that allows a finding
    must say why. `baseline`: the file, from the configuration's folder; "" for the one beside it, if it is there.
    `overrides`: which rules run on some of the files, and how grave their findings are there; the last one wins.
    """

    dialect: Dialect | None = None
    postgres: Literal["13", "14", "15", "16", "17", "18"] = "14"
    tsql: Literal["2016", "2017", "2019", "2022", "2025"] = "2022"
    mysql: Literal["5.7", "8.0", "8.4", "9.0"] = "8.4"
    layout: str = ""
    transaction: Transactions | None = None
    preset: Preset = "recommended"
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: FailOn = "error"
    severity: dict[str, Level] = {}
    naming: Naming = Naming()
    tenancy: Tenancy = Tenancy()
    policy: Policy = Policy()
    rules: dict[str, dict[str, Any]] = {}
    require_reason: bool = False
    baseline: str = ""
    overrides: tuple["Override", ...] = ()
    roots: tuple["Root", ...] = ()

    file: str = ""
    """The file it was read from, as messages name it; "" for none."""
    reasons: dict[str, Reason] = {}
    """By dotted key ("naming.index"), where each setting that is not a default comes from."""

    def version(self, dialect: str) -> int:
        """The server version to price for: PostgreSQL 14 is 14, SQL Server 2022 is 2022, MySQL 8.4 is 84."""
        return int({"postgres": self.postgres, "tsql": self.tsql, "mysql": self.mysql}[dialect].replace(".", ""))

    def reason(self, key: str) -> Reason | None:
        """Where the setting of this dotted key was made; for one within a table, where the table was; None for a
        default."""
        while key:
            if key in self.reasons:
                return self.reasons[key]
            key = key.rpartition(".")[0]
        return None

    def for_path(self, path: str | Path) -> "Config":
        """The configuration in force for this file or folder: of the deepest of `roots` that holds it, or this."""
        if not self.roots:
            return self
        place = Path(path).resolve()
        holding = [root for root in self.roots if place.is_relative_to(root.path)]
        return max(holding, key=lambda root: len(root.path)).config if holding else self

    def for_file(self, path: str) -> "Config":
        """The configuration with what `overrides` say about this file; this very one where they say nothing."""
        place = Path(path).resolve() if self.overrides else Path()
        return self.within(each for each in self.overrides if each.covers(place))

    def within(self, overrides: Iterable["Override"]) -> "Config":
        """The configuration with these over it."""
        config = self
        for each in overrides:
            config = replace(
                config,
                ignore=(*config.ignore, *each.ignore),
                severity=config.severity | each.severity,
                reasons=config.reasons | each.reasons,
            )
        return config

    def override(self, option: str, **settings: Any) -> "Config":
        """The configuration with settings from an option of the command line, which win over every root's."""
        reasons = self.reasons | {key.replace("_", "-"): Reason(option) for key in settings}
        roots = tuple(Root(root.path, root.config.override(option, **settings)) for root in self.roots)
        return replace(self, **settings, reasons=reasons, roots=roots)

    def only(self, select: tuple[str, ...]) -> "Config":
        """The configuration with just these rules on, also those that the file turns off."""
        roots = tuple(Root(root.path, root.config.only(select)) for root in self.roots)
        graded = {key: level for key, level in self.severity.items() if level != "off"}
        reasons = {key: reason for key, reason in self.reasons.items() if key != "ignore"}
        reasons["select"] = Reason("--select")
        return replace(self, select=select, ignore=(), severity=graded, roots=roots, reasons=reasons)

    def without(self, ignore: tuple[str, ...]) -> "Config":
        """The configuration with these rules off as well."""
        roots = tuple(Root(root.path, root.config.without(ignore)) for root in self.roots)
        reasons = self.reasons | {"ignore": Reason("--ignore")}
        return replace(self, ignore=(*self.ignore, *ignore), roots=roots, reasons=reasons)


class Override(Struct, frozen=True, kw_only=True):
    """Rules that do not run on some files, or whose findings are of another severity there.

    `files`: globs from `folder`, which is absolute and resolved. As in .gitignore, `*` stays within a name and `**`
    does not, a glob without a slash is of names in any folder, and one that fits a folder is of all below it.
    """

    files: tuple[str, ...]
    ignore: tuple[str, ...] = ()
    severity: dict[str, Level] = {}
    folder: str = ""
    reasons: dict[str, Reason] = {}

    def covers(self, place: Path) -> bool:
        """Whether the absolute, resolved path is one of the files."""
        if not place.is_relative_to(self.folder):
            return False
        path = place.relative_to(self.folder).as_posix()
        return any(re.match(_pattern(glob), path) for glob in self.files)


@cache
def _pattern(glob: str) -> str:
    """The regular expression for the paths that a glob fits."""
    parts = re.split(r"(/\*\*/|^\*\*/|\*\*|\*|\?)", glob.strip("/"))
    anywhere = "" if "/" in glob.rstrip("/") else "(?:.*/)?"
    return anywhere + "".join(_WILDCARDS.get(part) or re.escape(part) for part in parts) + r"(?:/|\Z)"


_WILDCARDS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class Root(Struct, frozen=True):
    """One of several places with migrations in a repository, and the whole configuration in force there."""

    path: str
    """Absolute and resolved."""
    config: Config


_APART = ("overrides", "roots", "file", "reasons")
KEYS = tuple(name for name in Config.__struct_encode_fields__ if name not in _APART)
"""The keys that the file may hold at its top and in each of `[[roots]]`."""
