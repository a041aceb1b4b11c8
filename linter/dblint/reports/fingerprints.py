"""What tells a finding of today from the same finding of yesterday, when the lines around it have moved."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from itertools import accumulate

from dblint.rule import Finding
from dblint.source import Source

_LINE_END = re.compile(r"\r\n?")
_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\r\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*)|/\*(?:[^*]|\*(?!/))*\*/)*\*/)
      | (?P<exact>'[^']*(?:''[^']*)*' | "[^"]*(?:""[^"]*)*" | (?P<tag>\$(?:[^\W\d]\w*)?\$).*?(?P=tag))
      | (?P<word>[\w$]+)
      | (?P<sign>.)""",
    re.VERBOSE | re.DOTALL,
)
_WINDOW = 100
_END = 0xFFFF
_MASK = (1 << 64) - 1
_DROP = pow(37, _WINDOW, 1 << 64)


def line_hashes(source: Source) -> list[str]:
    """For each line, GitHub code scanning's `primaryLocationLineHash`.

    The text counts as UTF-16 units with its byte order mark, without blanks and tabs, every line end as
    one line feed, 65535 after the last unit. A line's hash is the polynomial of base 37, modulo 2^64, of
    the 100 units from its start on (zeros after the end), in hexadecimal, followed by how often that hash
    has come up so far. So it looks ahead: an edit just below a line changes the line's hash.
    """
    text = ("\ufeff" if source.bom else "") + source.text
    text = _LINE_END.sub("\n", text).replace(" ", "").replace("\t", "")
    units = array("H", text.encode("utf-16-le", "surrogatepass"))
    if array("H", b"\x01\x00")[0] != 1:  # a big-endian machine
        units.byteswap()
    starts = [0, *(place + 1 for place, unit in enumerate(units) if unit == 10)]
    units.append(_END)
    units.extend([0] * _WINDOW)
    prefix = list(accumulate(units, lambda value, unit: (value * 37 + unit) & _MASK, initial=0))
    seen: Counter[int] = Counter()
    hashes: list[str] = []
    for start in starts:
        value = (prefix[start + _WINDOW] - prefix[start] * _DROP) & _MASK
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
    return hashes


def statement_fingerprints(findings: Iterable[Finding]) -> list[str]:
    """For each finding, an opaque value that survives moving, re-indenting and commenting its statement.

    It is made of the rule, the object and the statement without layout and comments; findings that agree
    in these within one file are told apart by a number, in the given order.
    """
    normalised: dict[str, str] = {}
    seen: Counter[tuple[str, str]] = Counter()
    found: list[str] = []
    for finding in findings:
        text = normalised.get(finding.statement)
        if text is None:
            text = normalised[finding.statement] = without_layout(finding.statement)
        key = "\0".join((finding.rule, finding.object, text))
        digest = sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        seen[finding.source.path, digest] += 1
        found.append(f"{digest}:{seen[finding.source.path, digest]}")
    return found


def without_layout(statement: str) -> str:
    """The statement's tokens, one blank between them, unquoted words in lower case, no comments, no last semicolon."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(statement):
        if match.lastgroup == "word":
            tokens.append(match[0].lower())
        elif match["blank"] is None:
            tokens.append(match[0])
    if tokens and tokens[-1] == ";":
        tokens.pop()
    return " ".join(tokens)
