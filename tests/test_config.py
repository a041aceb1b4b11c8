"""The configuration: what is read, what wins, and what is said about mistakes."""

import json
from enum import Enum
from importlib import resources
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import jsonschema
import pytest
from click.testing import CliRunner
from msgspec import Struct
from msgspec.structs import fields

from dblint.cli import cli
from dblint.config import KEYS, Config, Override, Reason
from dblint.config_file import find, key_lines, load
from dblint.errors import UsageError
from dblint.migrations.discover import LAYOUTS
from dblint.migrations.model import Transactions
from dblint.names import Name
from dblint.naming import Convention

EXAMPLE = """\
dialect = "postgres"
postgres = 16
transaction = "none"
fail-on = "warning"
select = ["recommended", "naming"]
ignore = [
    "wide-index",
]

[severity]
missing-timeout = "info"
tenancy = "off"

[naming]
index = "ix_{table}_{columns}"
table = "snake_case"
column = "/[a-z_]+/"
reserved = ["data"]

[tenancy]
column = "tenant_id"
tables = ["app.*"]
exclude = ["app.plans", "lookup_*"]

[rules.wide-index]
columns = 4

[[overrides]]
files = ["legacy/**", "seed_*.sql"]
ignore = ["missing-lock-timeout"]
[overrides.severity]
naming = "off"

[[roots]]
path = "billing"
postgres = "18"

[[roots]]
path = "shop/db"
dialect = "mysql"
mysql = 8.0
[roots.naming]
table = "PascalCase"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    for folder in ("billing/migrations", "shop/db"):
        (tmp_path / folder).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, name: str = "dblint.toml") -> Config:
    Path(name).write_text(text, encoding="utf-8")
    return load(Path(name))


def test_every_key_arrives(here: Path) -> None:
    config = read(EXAMPLE)
    assert config.dialect == "postgres"
    assert config.version("postgres") == 16
    assert config.transaction is Transactions.NONE
    assert config.fail_on == "warning"
    assert config.select == ("recommended", "naming")
    assert config.ignore == ("wide-index",)
    assert config.severity == {"missing-timeout": "info", "tenancy": "off"}
    assert config.naming.index == Convention("ix_{table}_{columns}")
    assert config.naming.view is None
    assert config.naming.reserved == ("data",)
    assert config.rules == {"wide-index": {"columns": 4}}


def test_defaults() -> None:
    config = Config()
    assert [config.version(dialect) for dialect in ("postgres", "tsql", "mysql")] == [14, 2022, 84]
    assert config.reason("preset") is None
    assert not config.tenancy.covers(Name("orders", "app"))


def test_tenant_tables(here: Path) -> None:
    tenancy = read(EXAMPLE).tenancy
    assert tenancy.covers(Name("orders", "app"))
    assert not tenancy.covers(Name("plans", "app"))
    assert not tenancy.covers(Name("lookup_states", "app"))
    assert not tenancy.covers(Name("orders", "public"))


def test_roots_inherit_and_override(here: Path) -> None:
    config = read(EXAMPLE)
    billing, shop = config.for_path("billing/migrations"), config.for_path(here / "shop/db/V1__a.sql")
    assert (billing.dialect, billing.version("postgres")) == ("postgres", 18)
    assert (shop.dialect, shop.version("mysql")) == ("mysql", 80)
    assert shop.naming.table == Convention("PascalCase")
    assert shop.naming.index == Convention("ix_{table}_{columns}")
    assert config.for_path("elsewhere").postgres == "16"


def test_overrides_are_of_some_files(here: Path) -> None:
    config = read(EXAMPLE)
    assert config.for_file("db/V1__a.sql") is config
    for path in ("legacy/a/b.sql", "db/seed_1.sql", str(here / "seed_x.sql")):
        own = config.for_file(path)
        assert own.ignore == ("wide-index", "missing-lock-timeout")
        assert own.severity["naming"] == "off"
        assert str(own.reason("ignore")) == "dblint.toml:30"
        assert str(own.reason("severity.naming")) == "dblint.toml:32"
    assert config.for_path("billing").for_file("legacy/a.sql").severity["naming"] == "off"


@pytest.mark.parametrize(
    ("glob", "fits", "others"),
    [
        ("db/legacy", ["db/legacy", "db/legacy/a/b.sql"], ["db/legacy2/a.sql", "x/db/legacy/a.sql"]),
        ("legacy/", ["legacy/a.sql", "db/legacy/a.sql"], ["db/legacy.sql"]),
        ("*.sql", ["a.sql", "db/x/a.sql"], ["a.sqlx"]),
        ("db/*.sql", ["db/a.sql"], ["db/x/a.sql"]),
        ("db/**/*.sql", ["db/a.sql", "db/x/y/a.sql"], ["dba.sql"]),
        ("**/old/*", ["old/a.sql", "x/y/old/a.sql"], ["x/old"]),
        ("/V?__a+b.sql", ["V1__a+b.sql"], ["V10__a+b.sql", "x/V1__a+b.sql"]),
    ],
)
def test_globs(glob: str, fits: list[str], others: list[str], tmp_path: Path) -> None:
    override = Override(files=(glob,), folder=str(tmp_path))
    assert [path for path in (*fits, *others) if override.covers(tmp_path / path)] == fits


def test_every_setting_knows_its_line(here: Path) -> None:
    config = read(EXAMPLE)
    assert str(config.reason("postgres")) == "dblint.toml:2"
    assert str(config.reason("naming.table")) == "dblint.toml:16"
    assert str(config.for_path("billing").reason("postgres")) == "dblint.toml:36"
    assert str(config.for_path("shop/db").reason("naming.table")) == "dblint.toml:43"
    assert str(config.for_path("shop/db").reason("naming.index")) == "dblint.toml:15"
    assert config.reason("preset") is None


def test_the_command_line_wins_over_every_root(here: Path) -> None:
    config = read(EXAMPLE).override("--postgres", postgres="13")
    assert config.postgres == config.for_path("billing").postgres == "13"
    assert config.reason("postgres") == Reason("--postgres")


def test_pyproject(here: Path) -> None:
    config = read('[project]\nname = "x"\n\n[tool.dblint]\npreset = "strict"\n', "pyproject.toml")
    assert config.preset == "strict"
    assert str(config.reason("preset")) == "pyproject.toml:5"


def test_the_nearest_file_wins(here: Path) -> None:
    read("")
    assert find(here / "shop" / "db") == here / "dblint.toml"
    (here / "shop" / "pyproject.toml").write_text("[tool.other]\n")
    assert find(here / "shop" / "db") == here / "dblint.toml"
    (here / "shop" / "pyproject.toml").write_text("[tool.dblint]\n")
    assert find(here / "shop" / "db") == here / "shop" / "pyproject.toml"
    (here / "shop" / "dblint.toml").write_text("")
    assert find(here / "shop" / "db") == here / "shop" / "dblint.toml"


def test_the_search_ends_at_the_repository(here: Path) -> None:
    read("")
    (here / "shop" / ".git").mkdir()
    assert find(here / "shop" / "db") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('dialct = "postgres"', "dblint.toml:1: unknown key 'dialct'; did you mean 'dialect'?"),
        ("\n[naming]\nindexes = 1", "dblint.toml:3: unknown key 'indexes'; did you mean 'index'?"),
        (
            'preset = "strickt"',
            "dblint.toml:1: preset is 'strickt', but must be one of recommended, strict; did you mean 'strict'?",
        ),
        (
            "postgres = 12",
            "dblint.toml:1: postgres is '12', but must be one of 13, 14, 15, 16, 17, 18",
        ),
        (
            '[severity]\na = "error"\n"b-c" = "fatal"',
            "dblint.toml:3: severity.b-c is 'fatal', but must be one of error, warning, info, off",
        ),
        ("\nselect = 'a'", "dblint.toml:2: select: expected `array`, got `str`"),
        ("naming = 3", "dblint.toml:1: naming must be a table"),
        ("[rules]\nwide-index = 3", "dblint.toml:2: rules.wide-index must be a table"),
        ("[naming]\ntable = '/(/'", "dblint.toml:2: naming.table: /(/ is not a regular expression: "),
        ("[naming]\ntable = 'x_{tabel}'", "dblint.toml:2: naming.table: {tabel} in 'x_{tabel}' is not one of: "),
        ("[naming]\ntable = 'snakecase'", "dblint.toml:2: naming.table: 'snakecase' is neither a style ("),
        ("[[roots]]\ndialect = 'mysql'", "dblint.toml:1: each of [[roots]] needs a path"),
        ("[[roots]]\npath = 'billing'\n\n[[roots]]\npath = 'nowhere'", "dblint.toml:5: there is no 'nowhere' beside"),
        ("[[roots]]\npath = '.'\nfail_on = 'never'", "dblint.toml:3: unknown key 'fail_on'; did you mean 'fail-on'?"),
        ("[[overrides]]\nignore = ['a']", "dblint.toml:1: each of [[overrides]] needs files: a list of globs"),
        ("[[overrides]]\nfiles = 'a'", "dblint.toml:2: overrides.files: expected `array`, got `str`"),
        ("[[overrides]]\nfiles = ['a']\nselect = ['b']", "dblint.toml:3: unknown key 'select'"),
        (
            "[[overrides]]\nfiles = ['a']\nseverity = {b = 'bad'}",
            "dblint.toml:3: overrides.severity.b is 'bad', but must be one of error, warning, info, off",
        ),
        ("[overrides]\nfiles = ['a']", "dblint.toml:1: overrides must be written as [[overrides]]"),
        ("roots = 3", "dblint.toml:1: roots must be written as [[roots]]"),
        ("\nselect = = 3", "dblint.toml:2: Invalid value"),
        ("select = [", "dblint.toml:1: "),
    ],
)
def test_mistakes_name_their_line(here: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert str(caught.value).startswith(message)


def test_files_that_are_no_text(here: Path) -> None:
    Path("dblint.toml").write_bytes(b"select = '\xff'")
    with pytest.raises(UsageError, match=r"dblint\.toml: is not UTF-8"):
        load(Path("dblint.toml"))
    with pytest.raises(UsageError, match=r"nowhere\.toml: cannot be read"):
        load(Path("nowhere.toml"))


def test_lines_of_keys() -> None:
    text = 'a.b = 1\n[x."y z"]\nq = """\nr = 1\n"""\nr = [\n 1 ]\n[[t]]\n[[t]]\nk = 1\n[t.u]\nv = 2 # w = 3\n'
    assert key_lines(text) == {
        ("a",): 1,
        ("a", "b"): 1,
        ("x", "y z"): 2,
        ("x", "y z", "q"): 3,
        ("x", "y z", "r"): 6,
        ("t", 0): 8,
        ("t", 1): 9,
        ("t", 1, "k"): 10,
        ("t", 1, "u"): 11,
        ("t", 1, "u", "v"): 12,
    }


# --- conventions ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("convention", "name", "matches"),
    [
        ("snake_case", "order_items", True),
        ("snake_case", "orderItems", False),
        ("snake_case", "_orders", False),
        ("PascalCase", "OrderItems", True),
        ("PascalCase", "Order_Items", False),
        ("camelCase", "orderItems", True),
        ("camelCase", "OrderItems", False),
        ("/[a-z]{3}/", "abc", True),
        ("/[a-z]{3}/", "abcd", False),
        ("ix_{table}_{columns}", "ix_orders_customer_id_day", True),
        ("ix_{table}_{columns}", "ix_orders_customer_id", False),
        ("v_{snake_case}", "v_open_orders", True),
        ("v_{snake_case}", "v_OpenOrders", False),
        ("{table}_{referenced_table}_fk", "orders_anything_fk", True),
        ("{table}.x", "ordersyx", False),
    ],
)
def test_conventions(convention: str, name: str, matches: bool) -> None:
    facts = {"table": "orders", "columns": "customer_id_day"}
    assert Convention.parse(convention).matches(name, facts) is matches


def test_a_template_is_held_against_what_the_server_keeps() -> None:
    convention = Convention.parse("{table}_pkey")
    long = "t" * 62
    assert convention.matches(f"{long}_", {"table": long})
    assert not convention.matches(f"{long}_", {"table": long}, limit=128)
    assert convention.expected({"table": "orders"}) == "orders_pkey"


# --- the published schema ---------------------------------------------------------------------

SCHEMA = json.loads(resources.files("dblint_schemas").joinpath("config.schema.json").read_text(encoding="utf-8"))


def test_the_schema_is_one_and_takes_the_example() -> None:
    import tomllib

    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(SCHEMA)
    validator.validate(tomllib.loads(EXAMPLE))
    for wrong in ("dialct = 1", "[naming]\ntable = 'x'", "[[roots]]\npreset = 'strict'", "[severity]\na = 'fatal'"):
        assert not validator.is_valid(tomllib.loads(wrong))


def test_the_schema_has_the_keys_and_choices_of_the_structs() -> None:
    settings = SCHEMA["$defs"]["settings"]["properties"]
    assert list(settings) == list(KEYS)
    assert settings["layout"]["enum"] == sorted(layout.name for layout in LAYOUTS)
    for field in fields(Config):
        if field.encode_name in settings:
            compare(field.encode_name, field.type, field.default, settings[field.encode_name])


def compare(name: str, kind: Any, default: object, schema: dict[str, Any]) -> None:
    kind = next((each for each in get_args(kind) if NoneType in get_args(kind) and each is not NoneType), kind)
    schema = {**schema, **(SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else {})}
    if isinstance(kind, type) and issubclass(kind, Struct) and kind is not Convention:
        assert list(schema["properties"]) == [field.encode_name for field in fields(kind)], name
        for field in fields(kind):
            compare(field.encode_name, field.type, field.default, schema["properties"][field.encode_name])
        return
    choices = get_args(kind) if get_origin(kind) is Literal else ()
    if isinstance(kind, type) and issubclass(kind, Enum):
        choices = tuple(member.value for member in kind)
    if choices:
        assert [choice for choice in schema["enum"] if isinstance(choice, str)] == list(choices), name
    if get_origin(kind) is dict and get_origin(get_args(kind)[1]) is Literal:
        compare(name, get_args(kind)[1], None, schema["additionalProperties"])
    if "default" in schema and isinstance(default, str | tuple):
        assert schema["default"] == (list(default) if isinstance(default, tuple) else default), name


def test_everything_in_the_schema_says_what_it_is() -> None:
    def walk(place: str, node: Any) -> None:
        if isinstance(node, dict):
            if "properties" in node:
                for name, each in node["properties"].items():
                    assert {"title", "description"} <= each.keys(), f"{place}.{name}"
            if place.endswith("$defs"):
                assert all({"title", "description"} <= each.keys() for each in node.values())
            for name, each in node.items():
                walk(f"{place}.{name}", each)
        elif isinstance(node, list):
            for each in node:
                walk(place, each)

    assert {"title", "description"} <= SCHEMA.keys()
    walk("", SCHEMA)


def test_a_statement_for_newer_servers_says_how_to_name_the_version(tmp_path: Path) -> None:
    """Only where the version was presumed: who has named one knows how."""
    file = tmp_path / "V1__a.sql"
    file.write_text("CREATE TABLE a (id bigint PRIMARY KEY, b text, UNIQUE NULLS NOT DISTINCT (b));\n")
    said = CliRunner().invoke(cli, ["check", str(tmp_path)]).stdout
    assert 'say postgres = "15" in dblint.toml' in " ".join(said.split())
    assert "version 14 is presumed" in said
    assert "presumed" not in CliRunner().invoke(cli, ["check", str(tmp_path), "--postgres", "14"]).stdout
    assert CliRunner().invoke(cli, ["check", str(tmp_path), "--postgres", "15"]).exit_code == 0
