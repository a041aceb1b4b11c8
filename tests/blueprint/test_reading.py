"""Documents with their places: YAML, JSON, blocks in Markdown; and what is refused of them."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from dblint.blueprint.blueprint import Blueprint, Fault
from dblint.blueprint.component import of_document, of_history
from dblint.blueprint.markdown_text import blocks
from dblint.blueprint.nodes import Node
from dblint.blueprint.reading import from_text, read
from dblint.errors import UsageError
from dblint.source import Source
from tests.blueprint.sampled import documents, keys


def root(text: str, name: str = "a.yaml") -> Node:
    blueprint = from_text(name, text)
    assert not [fault for fault in blueprint.faults if fault.kind in ("unreadable", "duplicate key")]
    return blueprint.documents[0].root


def fault(text: str, name: str = "a.yaml") -> Fault:
    """The one fault of a text that cannot be read."""
    (found,) = (each for each in from_text(name, text).faults if each.kind in ("unreadable", "duplicate key"))
    return found


def at(found: Fault) -> tuple[int, int]:
    position = found.source.position(found.span.start)
    return position.line, position.column


@pytest.mark.parametrize(("name", "text"), documents())
def test_places_are_those_of_the_text(name: str, text: str) -> None:
    node = root(text, name)
    data = json.loads(text) if name.endswith(".json") else yaml.load(text, Loader=yaml.BaseLoader)
    seen = 0
    for mapping, value in keys(node):
        key = text[value.key_start : value.key_end].strip('"')
        assert mapping.get(key) is value
        if isinstance(value.content, str):
            written = text[value.start : value.end]
            assert written.strip("\"'") == value.text or json.loads(written) == value.value
        seen += 1
    assert seen > 5
    assert shape(node) == shape_of(data)


def shape(node: Node) -> object:
    if isinstance(node.content, dict):
        return {key: shape(value) for key, value in node.content.items() if key not in OWN}
    return [shape(value) for value in node.content] if isinstance(node.content, list) else node.content


OWN = ("zeroDowntime", "gracePeriodSeconds")
"""Keys that reading adds beside their old spellings."""


def shape_of(data: object) -> object:
    if isinstance(data, dict):
        return {key: shape_of(value) for key, value in data.items()}
    if isinstance(data, list):
        return [shape_of(value) for value in data]
    return data if isinstance(data, str) else json.dumps(data)


def test_scalars_mean_what_json_says() -> None:
    node = root("a: 16\nb: '16'\nc: true\nd: yes\ne: 1.10\nf: ~\ng:\nh: 1e3\ni: -4\nj: 2026-01-31\n")
    meant = [16, "16", True, "yes", 1.1, None, None, 1000.0, -4, "2026-01-31"]
    assert node.plain_data() == dict(zip("abcdefghij", meant, strict=True))
    assert [value.text for key, value in node.items() if key in "aefg"] == ["16", "1.10", "", ""]


def test_characters_beyond_ascii_and_line_ends_do_not_move_places() -> None:
    text = "größe: 'ü 1'\r\nliste:\r\n  - 'ä'\r\n  - b: \U0001f600 x\r\n"
    node = root(text)
    inner = node.get("liste")
    assert inner is not None
    last = inner.elements()[1].get("b")
    assert last is not None
    assert (text[last.start : last.end], last.line) == ("\U0001f600 x", 4)


def test_anchors_and_merges() -> None:
    node = root("a: &x {type: uuid, nullable: false}\nb:\n  <<: *x\n  nullable: true\nc: *x\n")
    assert node.plain_data() == {
        "a": {"type": "uuid", "nullable": False},
        "b": {"type": "uuid", "nullable": True},
        "c": {"type": "uuid", "nullable": False},
    }
    c = node.get("c")
    assert c is not None and c.source.slice(c.line_span) == "c" and c.line == 5


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: [1, 2\nb: 3\n", (2, 2), "this is not YAML"),
        ("a: 1\n\tb: 2\n", (2, 1), "this is not YAML"),
        ("a: 1\nb: 'x\n", (2, 4), "this is not YAML"),
        ("a: 1\n? [x]\n: 2\n", (2, 3), "a key is a list or a mapping"),
        ("a: &a [x]\nb: *c\n", (2, 4), "*c refers to nothing"),
        ("a: !!python/name:os.system x\n", (1, 4), "is refused"),
        ("a: 1\n---\nb: 2\n", (2, 1), "a second document"),
        ("- a\n- b\n", (1, 1), "a blueprint is a mapping of sections, and this is a list"),
        ("a: \x01\n", (1, 4), "this is not YAML"),
        ("a: 1\nb: 2\na: 3\n", (3, 1), "'a' stands twice"),
    ],
)
def test_what_is_refused_is_said_with_its_place(text: str, place: tuple[int, int], said: str) -> None:
    found = fault(text)
    assert said in found.message
    assert at(found) == place


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('{"a": 1,}', (1, 9), "a key in double quotes is missing"),
        ('{"a": 1 "b": 2}', (1, 9), "',' or '}' is missing"),
        ('{"a": 01}', (1, 8), "',' or '}' is missing"),
        ('{"a": "x', (1, 7), "unterminated string"),
        ('{"a": "x\ny"}', (1, 9), "invalid control character"),
        ('{"a": [1, 2', (1, 12), "the text ends too early"),
        ('{"a": NaN}', (1, 7), "a value is missing"),
        ("{'a': 1}", (1, 2), "a key in double quotes is missing"),
        ('{"a": 1} x', (1, 10), "there is more text"),
        ('{"a": 1, "a": 2}', (1, 10), "'a' stands twice"),
    ],
)
def test_json_is_held_to_its_own_grammar(text: str, place: tuple[int, int], said: str) -> None:
    found = fault(text, "a.json")
    assert said in found.message.lower() or said in found.message
    assert at(found) == place


def test_json_that_yaml_would_not_read() -> None:
    assert root('{\n\t"a":\t"\\ud83d\\ude00\\/",\n\t"b":[]}', "a.json").plain_data() == {"a": "\U0001f600/", "b": []}


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
            max_leaves=8,
        ),
        max_size=4,
    )
)
def test_json_means_what_the_standard_library_reads(data: dict[str, object]) -> None:
    assert root(json.dumps(data, indent="\t"), "a.json").plain_data() == data
    assert root(json.dumps(data, ensure_ascii=False), "a.json").plain_data() == data


@pytest.mark.parametrize("name", ["a.yaml", "a.json"])
def test_nesting_deeper_than_a_hundred_levels_is_refused(name: str) -> None:
    (found,) = from_text(name, '{"a": ' + "[" * 99 + "]" * 99 + "}").faults
    assert found.kind == "unknown section"
    for depth in (100, 50_000):
        found = fault('{"a": ' + "[" * depth + "]" * depth + "}", name)
        assert found.message == "values are nested deeper than 100 levels"
        assert at(found) == (1, 106)


def test_aliases_that_stand_for_too_much_are_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    found = fault("\n".join(lines))
    assert found.message == "aliases stand for more than 100,000 values"
    assert at(found)[0] == 5


def test_what_is_not_utf_8_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "database-blueprint.yaml"
    file.write_bytes(b"schema:\n  name: caf\xe9\n")
    with pytest.raises(UsageError) as raised:
        read(of_document(str(file)))
    assert raised.value.line == 2


MARKDOWN = """\
# Orders

```yaml
tables:
  - name: orders
    columns: [{name: id, tpye: uuid}]
```

~~~~ json
{"softDelete": {"enabled": "x"}}
~~~~

1. In a list:

   ```yml
   multiTenant:
     strategy: hybrid
   ```

```sql
SELECT '```';
```

```
schema: not read
```
"""


def test_blocks_of_markdown_have_places_in_the_file() -> None:
    blueprint = from_text("database-blueprint.md", MARKDOWN)
    assert [(at(each), each.message.partition(";")[0]) for each in blueprint.faults] == [
        ((6, 26), "'tpye' is no key of a column"),
        ((10, 28), "enabled must be true or false, not text"),
    ]
    strategy = blueprint.section("multiTenant", "strategy")
    assert strategy is not None and (strategy.text, strategy.line) == ("hybrid", 17)
    assert blueprint.section("schema") is None
    assert [block.language for block in blocks(Source("a.md", MARKDOWN))] == ["yaml", "json", "yaml", "sql"]


def test_a_fence_that_nothing_ends_goes_on_to_the_end() -> None:
    assert root("# A\n```yaml\nschema: {name: a}\n", "a.md").plain_data() == {"schema": {"name": "a"}}


@pytest.fixture
def component(tmp_path: Path) -> Path:
    folder = tmp_path / "blueprints" / "orders"
    for place in ("migrations", "schemas", "indexes", "seed"):
        (folder / place).mkdir(parents=True)
    (folder / "database-blueprint.md").write_text("```yaml\nmigrations: {currentVersion: '1'}\n```\n")
    (folder / "database-blueprint.json").write_text('{"migrations": {"currentVersion": "2"}}')
    (folder / "schemas" / "orders.yaml").write_text("name: orders\ncolumns: [{name: id, type: uuid}]\n")
    (folder / "indexes" / "orders.yaml").write_text("orders:\n  - {name: i, columns: [id]}\n")
    (folder / "seed" / "rows.sql").write_text("SELECT 1;\n")
    (tmp_path / "blueprints" / "validation-rules.yaml").write_text("rules: []\n")
    return folder


@pytest.mark.parametrize("place", ["", "migrations", "migrations/below"])
def test_a_component_is_found_around_its_migrations(component: Path, place: str) -> None:
    (component / place).mkdir(exist_ok=True, parents=True)
    found = of_history(str(component / place))
    assert found is not None and Path(found.root) == component
    blueprint: Blueprint = read(found)
    assert [document.role for document in blueprint.documents] == [
        "blueprint",
        "blueprint",
        "tables",
        "indexes",
        "rules",
    ]
    version = blueprint.section("migrations", "currentVersion")
    assert version is not None and version.text == "2", "JSON counts before Markdown"
    assert len(blueprint.sections("migrations")) == 2
    assert [Path(seed).name for seed in blueprint.seeds] == ["rows.sql"]
    assert blueprint.faults == ()


def test_no_component_is_found_above_a_repository(component: Path) -> None:
    (component / "migrations" / ".git").mkdir()
    assert of_history(str(component / "migrations")) is None
