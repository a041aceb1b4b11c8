"""Reading scripts: exact spans and places, what masking mends, and that nothing makes it fail."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import json

from dblint.dialects.postgres.read import ParsedStatement, Reading, UnparsedStatement, read, read_masked
from dblint.lexer import significant
from dblint.migrations.model import Script
from dblint.source import Source, Span


def reading(text: str) -> Reading:
    return read_masked(Script.whole(Source("a.sql", text)))


def texts(text: str) -> list[str]:
    return [each.statement.text for each in reading(text).statements]


def parsed(text: str) -> list[ParsedStatement]:
    """The statements of a text that reads without a fault."""
    found = [each for each in reading(text).statements if isinstance(each, ParsedStatement)]
    assert len(found) == len(reading(text).statements)
    return found


def created_table(statement: ParsedStatement) -> dict[str, str]:
    relation: dict[str, str] = json.decode(statement.node)["relation"]
    return {key: relation[key] for key in ("schemaname", "relname") if key in relation}


@pytest.mark.parametrize("text", ["", " \r\n\t", "-- a\n", "/* a /* b */ */", ";;", "-- ü\n"])
def test_nothing_to_read(text: str) -> None:
    assert reading(text) == Reading([], [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select 1", ["select 1"]),
        ("select 1; select 2 ;", ["select 1", "select 2"]),
        ("-- é\nselect 'é' ;\r\n/* ü /* ö */ */ select 2 -- é\r\n;", ["select 'é'", "select 2"]),
        ("select 1 -- é\n-- done", ["select 1"]),
        ("select '--'", ["select '--'"]),
        ("select 1 /* done */", ["select 1"]),
        ("--> breakpoint\nselect '𝄞';--> breakpoint\nselect 2;", ["select '𝄞'", "select 2"]),
    ],
)
def test_spans(text: str, expected: list[str]) -> None:
    assert texts(text) == expected
    assert [each.statement.number for each in reading(text).statements] == list(range(len(expected)))


@pytest.mark.parametrize(
    "text",
    [
        "select 1; create table t (a int)",
        "-- é𝄞\r\nselect 'ü'; create table t (a int);",
        "select 'é' from {{ .X }}.y; create table t (a int)",
        "\\echo 'é'\ncreate table t (a int)",
        "select ''é; select 'ü\u00a0'; create table t (a int)",
    ],
)
def test_locations_become_offsets_in_the_source(text: str) -> None:
    (statement,) = [each for each in reading(text).statements if "create" in each.statement.text]
    assert isinstance(statement, ParsedStatement)
    assert statement.kind == "CreateStmt"
    assert statement.offset(json.decode(statement.node)["relation"]["location"]) == text.index("t (a")


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("select 1; slect 2; select 3", "slect", 'syntax error at or near "slect"'),
        ("select 'é';\r\nselect 'ü' frm x y; select 3", "x y", 'syntax error at or near "x"'),
        ("select '𝄞' from ${é}.x; select 1; select (; select 3", "; select 3", "syntax error at end of input"),
        ("select 1; select 2 +", "", "syntax error at end of input"),
        ("select 1; select 'open", "'open", 'unterminated quoted string at or near "\'open"'),
        ("select 1; /* select 2", "/* select 2", 'unterminated /* comment at or near "/* select 2"'),
        ("select 1; select 'a\0b'; select 3", "\0", 'invalid byte sequence for encoding "UTF8": 0x00'),
        ("select 1; select E'\\xff'", "select E", 'invalid byte sequence for encoding "UTF8": 0xff'),
    ],
)
def test_faults_have_a_place_and_leave_the_rest(text: str, at: str, message: str) -> None:
    statements = reading(text).statements
    (fault,) = [each for each in statements if isinstance(each, UnparsedStatement)]
    assert fault.message == message
    assert fault.offset == (text.index(at) if at else len(text))
    assert len(statements) == text.count(";") + (not text.endswith(";"))


def test_what_is_nested_too_deeply_is_said() -> None:
    first, second = reading("select 1; select " + "||".join(["a"] * 5000)).statements
    assert isinstance(first, ParsedStatement)
    assert isinstance(second, UnparsedStatement)
    assert "nested" in second.message


def test_a_byte_that_is_no_utf8_does_no_harm_in_a_comment() -> None:
    assert texts("-- caf\udce9\nselect 1") == ["select 1"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("${schema}.t", {"schemaname": "_schema", "relname": "t"}),
        ("${ns:Table}", {"relname": "_ns_table"}),
        ("{{schema}}.t", {"schemaname": "_schema", "relname": "t"}),
        ('{{ get .Options "Schema" }}.t', {"schemaname": "_get_options_schema", "relname": "t"}),
        ('"{{ get .Options "Schema" }}".t', {"schemaname": "_get_options_schema", "relname": "t"}),
        ('"${schema}"."${schema}_T"', {"schemaname": "_schema", "relname": "_schema_T"}),
        ("${prefix}user_${number}1", {"relname": "_prefixuser__number1"}),
        (":schema.t", {"schemaname": "_schema", "relname": "t"}),
        (':"schema".t', {"schemaname": "_schema", "relname": "t"}),
        ("%(schema)s.t", {"schemaname": "_schema", "relname": "t"}),
        ("$(schema).t", {"schemaname": "_schema", "relname": "t"}),
        ("@{schema}.t", {"schemaname": "_schema", "relname": "t"}),
        ("#{schema}.t", {"schemaname": "_schema", "relname": "t"}),
        ("${table}", {"relname": "_table"}),
        ("{{ größe }}", {"relname": "_gr_e"}),
        ("t{{ if .X }}_x{{ end }}", {"relname": "t_x"}),
    ],
)
def test_placeholders_become_names(written: str, expected: dict[str, str]) -> None:
    text = f"select '${{é}}'; create table {written} (c int); select 3"
    _, create, last = parsed(text)
    assert created_table(create) == expected
    assert create.statement.text == f"create table {written} (c int)"
    assert create.offset(json.decode(create.node)["tableElts"][0]["ColumnDef"]["location"]) == text.index("c int")
    assert create.masked
    assert not last.masked


def test_placeholders_as_values() -> None:
    (statement,) = parsed("select :'x', :y, a[1:2], a[1 :b], '2'::int, ${z}")
    assert '"sval":"x"' in bytes(statement.node).decode()
    names = [name for name in ("_x", "_y", "_b", "_z") if f'"{name}"' in bytes(statement.node).decode()]
    assert names == ["_y", "_z"]


def test_placeholders_in_strings_and_bodies_stay() -> None:
    text = "create table ${t} (a text default '${v}'); do $$ begin perform '${v}', :v; end $$"
    table, block = parsed(text)
    assert b'"${v}"' in bytes(table.node)
    assert b"${v}" in bytes(block.node)
    assert (table.masked, block.masked) == (True, False)


def test_valid_text_is_never_masked() -> None:
    text = "select a[1:b], 5%(c)s, '{{x}}', '${x}', $${{x}}$$, x'0' /* ${x} */"
    assert reading(text).masks == []
    assert len(parsed(text)) == 1


def test_psql_commands_and_copy_data() -> None:
    text = (
        "\\restrict aBc\n\\connect it's\ncreate table a (b int);\n"
        "COPY a (b) FROM stdin;\n1\tit's ü\n;\\N\n\\.\n\n"
        "select 1 \\gset\nselect 2 \\; select 3;\n\\if :x\nselect 4;\n\\endif\n\\unrestrict aBc\n"
    )
    found = reading(text)
    assert [each.statement.text for each in parsed(text)] == [
        "create table a (b int)",
        "COPY a (b) FROM stdin",
        "select 1",
        "select 2",
        "select 3",
        "select 4",
    ]
    assert [text[mask.span.start : mask.span.end].split(" ")[0] for mask in found.masks] == [
        "\\restrict",
        "\\connect",
        "\n1\tit's",
        "\\gset",
        "\\;",
        "\\if",
        "\\endif",
        "\\unrestrict",
    ]
    assert {mask.kind for mask in found.masks} == {"psql command", "COPY data"}


def test_copy_data_end_once() -> None:
    found = reading("copy t from stdin;\n1\n\\.\nselect 'open\n\\.\n")
    assert [type(each) for each in found.statements] == [ParsedStatement, UnparsedStatement]


def test_template_tags_become_blanks() -> None:
    text = "{% if a %}\nselect 1;\n{% endif %}{{- if .B }}select 2;{{ end }}\n{# it's #}"
    assert len(parsed(text)) == 2
    assert {mask.kind for mask in reading(text).masks} == {"template tag"}


def test_a_function_body_is_not_split() -> None:
    body = "create function f() returns int begin atomic; select 1; select case 1 when 1 then 2 end; end"
    assert texts(f"slect; {body}; select 1") == ["slect", body, "select 1"]


def test_pieces() -> None:
    source = Source("a.sql", "-- é\nselect 'é';\n-- Begin\nslect 1; select 2;\n-- End\nselect 3;")
    first, middle, last = (source.text.index(word) for word in ("-- é", "-- Begin", "-- End"))
    pieces = (Span(first, middle), Span(middle, last), Span(last, len(source.text)))
    statements = read(Script(source, pieces, (False, True, False)))
    assert [each.statement.text for each in statements] == ["select 'é'", "slect 1; select 2;", "select 3"]
    assert [each.statement.number for each in statements] == [0, 1, 2]
    fault = statements[1]
    assert isinstance(fault, UnparsedStatement)
    assert fault.offset == source.text.index("slect")
    assert [each.statement.text for each in read(Script(source, pieces))] == [
        "select 'é'",
        "slect 1",
        "select 2",
        "select 3",
    ]


BITS = (
    *("create table t (a int)", "select 1", "insert into t values (", "from", "drop", "as", "begin atomic", "end"),
    *(";", ";\n", " ", "\r\n", "(", ")", ",", ".", "[", "]", ":", "::", "'", "''", '"', "$$", "$b$", "--", "/*", "*/"),
    *("${x}", "{{ y }}", '"{{ z "q" }}"', "{% if %}", ":v", ":'v'", ':"v"', "%(p)s", "$(s)", "@{a}", "{", "}", "E'"),
    *("\n\\q", "\\gset", "\\;", "copy t from stdin;\n", "\n\\.\n", "\\", "1", "x", "-- c\n", "case"),
    *("é", "ü", "𝄞", "日", "\u00a0", "\ufeff", "\0", "\udc80"),
)


def check(text: str, pieces: tuple[Span, ...], bounded: tuple[bool, ...]) -> None:
    source = Source("a.sql", text)
    position = 0
    found = read_masked(Script(source, pieces, bounded))
    for number, each in enumerate(found.statements):
        span = each.statement.span
        assert each.statement.number == number
        assert position <= span.start < span.end <= len(text)
        assert text[span.start] not in " \t\n\r\f\v"
        position = span.end
        if isinstance(each, ParsedStatement):
            assert each.offset(0) <= span.start
            json.decode(each.node)
        else:
            assert span.start <= each.offset <= span.end
            assert each.message
    for mask in found.masks:
        assert 0 <= mask.span.start < mask.span.end <= len(text)
    size = len(text.encode("utf-8", "surrogatepass"))
    assert source.offset_of_byte(size) == len(text)


@settings(deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=20).map("".join))
def test_splices_never_crash(text: str) -> None:
    check(text, (Span(0, len(text)),), ())


@settings(deadline=None)
@given(st.text())
def test_random_text_never_crashes(text: str) -> None:
    check(text, (Span(0, len(text)),), ())


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(BITS), max_size=8).map("".join), max_size=4), st.booleans())
def test_pieces_never_crash(parts: list[str], bounded: bool) -> None:
    pieces: list[Span] = []
    for part in parts:
        start = pieces[-1].end if pieces else 0
        pieces.append(Span(start, start + len(part)))
    check("".join(parts), tuple(pieces), (bounded,) * len(pieces))


@settings(deadline=None)
@given(st.lists(st.sampled_from(BITS), max_size=20).map("".join))
def test_every_token_belongs_to_a_statement_or_a_mask(text: str) -> None:
    """Nothing is lost: what is between statements is blank, a comment, a semicolon or was masked."""
    found = reading(text)
    covered = sorted([each.statement.span for each in found.statements] + [mask.span for mask in found.masks])
    position = 0
    for span in [*covered, Span(len(text), len(text))]:
        while position < span.start:
            rest = significant(text, position, span.start)
            assert rest.start == span.start or text[rest.start] == ";", text[position : span.start]
            position = rest.start + 1
        position = max(position, span.end)
