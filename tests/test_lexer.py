"""The lexer against the server's own scanner, and the cuts that are made with it."""

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pglast.keywords import RESERVED_KEYWORDS
from pglast.parser import ParseError, scan

from dblint.lexer import (
    RESERVED,
    comments,
    extent,
    matching_parenthesis,
    normalise,
    significant,
    split_statements,
    tokens,
)
from dblint.source import Span

ATOMIC = "create function f() returns int begin atomic select case a when 1 then 2 end; select 2; end"


def kinds(text: str) -> list[tuple[str, str]]:
    return [(token.kind, text[token.start : token.end]) for token in tokens(text, comments=True)]


def pieces(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split_statements(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe_1$a", [("word", "Größe_1$a")]),
        ("a\u00a0b", [("word", "a\u00a0b")]),
        ('"a""b" U&"c"', [("quoted", '"a""b"'), ("quoted", 'U&"c"')]),
        (
            r"E'it\'s' 'it''s' 'a\' x",
            [("string", r"E'it\'s'"), ("string", "'it''s'"), ("string", "'a\\'"), ("word", "x")],
        ),
        ("b'01' X'ff' N'n' U&'u'", [("string", "b'01'"), ("string", "X'ff'"), ("string", "N'n'"), ("string", "U&'u'")]),
        ("$$a$b$c$$ $t$ $$ ' $t$", [("dollar", "$$a$b$c$$"), ("dollar", "$t$ $$ ' $t$")]),
        ("$1+$2", [("parameter", "$1"), ("operator", "+"), ("parameter", "$2")]),
        ("1.5e-3 .5 0xFF 1_000", [("number", "1.5e-3"), ("number", ".5"), ("number", "0xFF"), ("number", "1_000")]),
        ("1..2", [("number", "1"), ("operator", ".."), ("number", "2")]),
        ("x::int", [("word", "x"), ("operator", "::"), ("word", "int")]),
        ("a:=b", [("word", "a"), ("operator", ":="), ("word", "b")]),
        (":name", [("punctuation", ":"), ("word", "name")]),
        ("a=-1", [("word", "a"), ("operator", "="), ("operator", "-"), ("number", "1")]),
        ("a@-1", [("word", "a"), ("operator", "@-"), ("number", "1")]),
        ("a*--c\n-b", [("word", "a"), ("operator", "*"), ("comment", "--c"), ("operator", "-"), ("word", "b")]),
        ("a/* x /* y */ z */b", [("word", "a"), ("comment", "/* x /* y */ z */"), ("word", "b")]),
        ("'open", [("string", "'open")]),
        ('"open', [("quoted", '"open')]),
        ("$t$open", [("dollar", "$t$open")]),
        ("/* /* */ open", [("comment", "/* /* */ open")]),
        ("\\connect x'\na", [("command", "\\connect x'"), ("word", "a")]),
        (
            "a ${b} #{b} @{b} $(b)",
            [("word", "a"), *(("placeholder", f"{c}") for c in ("${b}", "#{b}", "@{b}", "$(b)"))],
        ),
        ("x_${b}_y", [("word", "x_"), ("placeholder", "${b}"), ("word", "_y")]),
        ('{{ get "b" }}.c', [("placeholder", '{{ get "b" }}'), ("punctuation", "."), ("word", "c")]),
        ('"{{ get "b" }}".c', [("quoted", '"{{ get "b" }}"'), ("punctuation", "."), ("word", "c")]),
        ("%(b)s 5 % (b)", [("placeholder", "%(b)s"), ("number", "5"), ("operator", "%"), *kinds("(b)")]),
        ("{\0", [("unknown", "{"), ("unknown", "\0")]),
    ],
)
def test_tokens(text: str, expected: list[tuple[str, str]]) -> None:
    assert kinds(text) == expected


def test_tokens_start_and_end_anywhere() -> None:
    text = "alter table t add c int -- last"
    assert [text[t.start : t.end] for t in tokens(text, 6, 17)] == ["table", "t", "add"]


def test_copy_data_is_one_token() -> None:
    text = "COPY t (a) FROM STDIN WITH (FORMAT csv);\nit's\n;\n\\.\nselect 1"
    assert ("data", "\nit's\n;\n\\.") in kinds(text)
    assert pieces(text) == ["COPY t (a) FROM STDIN WITH (FORMAT csv)", "select 1"]


def test_no_data_without_copy_or_without_its_end() -> None:
    assert "data" not in dict(kinds("select a from stdin;\nselect 1;\n\\.\n"))
    assert "data" not in dict(kinds("copy t from stdin;\nselect 1;\n"))


def test_reserved_words_are_the_servers() -> None:
    assert RESERVED == RESERVED_KEYWORDS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lower( email )", "lower(email)"),
        ('"a" IS  NOT /* so */ NULL -- yes', "a is not null"),
        ("'A'::TEXT", "'A' :: text"),
    ],
)
def test_normalise_joins(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"), [("'A'", "'a'"), ('"A"', "a"), ('"user"', "user"), ("a - -1", "a--1\n"), ("É", "é")]
)
def test_normalise_keeps_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


def test_matching_parenthesis() -> None:
    text = "check (a in (')', $$)$$, \")\") /* ) */) no inherit"
    assert text[matching_parenthesis(text, 6) :] == " no inherit"
    assert matching_parenthesis("(a, (b)", 0) == 7


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("now() + '1 day', b int", "now() + '1 day'"),
        ("f(a, b)[1:2] -- why\n)", "f(a, b)[1:2]"),
        ("1 ; select", "1"),
        ("null not null", "null"),
        ("case when a is not null then 1 end not null", "case when a is not null then 1 end"),
        ("(a is not null) not null", "(a is not null)"),
        ("t.not NOT NULL", "t.not"),
        ("ARRAY[1, 2]::int[] check (true)", "ARRAY[1, 2]::int[]"),
    ],
)
def test_extent(text: str, expected: str) -> None:
    assert text[: extent(text, 0, len(text), frozenset({"not", "null", "check"}))] == expected


def test_extent_goes_no_further_than_stop() -> None:
    assert extent("a + b + c", 0, 6) == 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" -- nothing\n/* at all */ ;; ", []),
        ("a; b ;c", ["a", "b", "c"]),
        ("-- first\na -- last\n; /* b */ b /* c */", ["a", "b"]),
        ("a ';' \";\" $$;$$ /* ; */ b; c", ["a ';' \";\" $$;$$ /* ; */ b", "c"]),
        ("(a; b", ["(a", "b"]),
        (f"{ATOMIC}; begin; end; x", [ATOMIC, "begin", "end", "x"]),
        (
            "create rule r as on insert to t do also (select 1; select 2); x",
            ["create rule r as on insert to t do also (select 1; select 2)", "x"],
        ),
    ],
)
def test_split_statements(text: str, expected: list[str]) -> None:
    assert pieces(text) == expected


def test_significant() -> None:
    text = " /* a /* b */ */ -- c\n x y -- d\n-- e\n "
    span = significant(text, 0, len(text))
    assert text[span.start : span.end] == "x y"
    assert significant("  -- a", 0, 6) == Span(6, 6)
    text = "x '--'"
    assert significant(text, 0, len(text)) == Span(0, 6)


# Bits of SQL that meet in every way; what clients replace is left out where the server is the judge.
SERVER_BITS = (
    *(
        "a",
        "Ab1",
        "é",
        "\u00a0",
        " ",
        "\n",
        "\r\n",
        "\t",
        "1",
        "1.5",
        ".",
        "..",
        ",",
        ";",
        "(",
        ")",
        "[",
        "]",
        ":",
        "::",
        ":=",
    ),
    *(
        "'",
        "''",
        "'x'",
        "E'",
        "e",
        "b'1'",
        "U&",
        '"',
        '""',
        '"q"',
        "$$",
        "$t$",
        "$",
        "$1",
        "--",
        "-",
        "/*",
        "*/",
        "/",
        "*",
        "+",
    ),
    *("=", "<>", "@", "~", "%", "?", "begin", "atomic", "end", "create table t (a int)", "-- c\n", "/* c */"),
)
CLIENT_BITS = (
    "\\",
    "\\g",
    "\\.",
    "\n\\.\n",
    "copy t from stdin;\n",
    "{{",
    "}}",
    "${",
    "${x}",
    "{%",
    "%}",
    "{",
    "}",
    "%(a)s",
    "\0",
)


# One token to the server, two to us.
CONTINUED_STRING = re.compile(r"'\s*(--.*)?[\r\n](\s|--.*[\r\n])*'")


def splices(bits: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(bits), max_size=14).map("".join)


@settings(deadline=None)
@given(splices(SERVER_BITS))
def test_tokens_are_the_servers(text: str) -> None:
    assume(not CONTINUED_STRING.search(text))
    try:
        expected = [(token.start, token.end + 1) for token in scan(text)]
    except ParseError:
        return
    assert [(token.start, token.end) for token in tokens(text, comments=True)] == expected


@settings(deadline=None)
@given(splices(SERVER_BITS + CLIENT_BITS) | st.text())
def test_tokens_cover_all_but_blanks(text: str) -> None:
    position = 0
    for token in tokens(text, comments=True):
        assert position <= token.start < token.end <= len(text)
        assert not text[position : token.start].strip(" \t\n\r\f\v")
        position = token.end
    assert not text[position:].strip(" \t\n\r\f\v")


@settings(deadline=None)
@given(splices(SERVER_BITS + CLIENT_BITS) | st.text("ab1'\"$-/*eE\n{} "))
def test_comments_are_the_tokens_comments(text: str) -> None:
    assert list(comments(text)) == [
        Span(token.start, token.end) for token in tokens(text, comments=True) if token.kind == "comment"
    ]


@settings(deadline=None)
@given(splices(SERVER_BITS + CLIENT_BITS))
def test_statements_are_ordered_and_trimmed(text: str) -> None:
    position = 0
    for span in split_statements(text):
        assert position <= span.start < span.end <= len(text)
        inside = list(tokens(text, span.start, span.end))
        assert (inside[0].start, inside[-1].end) == (span.start, span.end)
        position = span.end
