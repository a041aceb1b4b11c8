"""A rule's page: the Markdown file beside its module, which is its documentation, its help and its tests."""

import re
import sys
from functools import cache
from pathlib import Path

from msgspec import Struct

from dblint.errors import UsageError
from dblint.rule import Rule

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*(.*?)[ \t]*$")
_HEADING = re.compile(r"#{1,6}[ \t]+(.+?)[ \t]*#*$")
FRONT_MATTER = ("covers", "instead")


class Block(Struct, frozen=True):
    """A fenced block. `words` is what stands after the fence, split at blanks; `line` that of its first line of text
    in the page, from 1; `section` which heading it stands under: 0 for the title, 1 for the first of `sections` …"""

    words: tuple[str, ...]
    text: str
    line: int
    section: int

    @property
    def language(self) -> str:
        return self.words[0] if self.words else ""


class Page(Struct, frozen=True, kw_only=True):
    """`name` is the title; `summary` the first paragraph, on one line; `text` the page without its front matter.

    `covers`: the concepts that the rule answers to, as other tools and people call them.
    `instead`: what to do, in one line. `sections`: the headings below the title.
    """

    path: Path
    name: str
    summary: str
    covers: tuple[str, ...]
    instead: str
    text: str
    sections: tuple[str, ...]
    blocks: tuple[Block, ...]


def page_of(rule: Rule) -> Page:
    """The page of a rule, read once. Raises UsageError if it is missing or misshapen."""
    return read_page(path_of(rule))


def path_of(rule: Rule) -> Path:
    """Where the rule's page must be."""
    return Path(sys.modules[rule.module].__file__ or "").with_suffix(".md")


@cache
def read_page(path: Path) -> Page:
    """Read a page: optional front matter between `---` lines, `# title`, a paragraph, and whatever follows."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"the rule's page cannot be read: {error.strerror}", path=path.as_posix()) from None
    lines = text.splitlines()
    start, front = _front_matter(path, lines)
    body = lines[start:]
    titles = [n for n, line in enumerate(body) if line.strip()]
    if not titles or not body[titles[0]].startswith("# "):
        raise UsageError("the page does not start with `# name-of-the-rule`", path=path.as_posix(), line=start + 1)
    sections, blocks = _blocks(path, body, start)
    return Page(
        path=path,
        name=body[titles[0]][2:].strip(),
        summary=_paragraph(body[titles[0] + 1 :]),
        covers=tuple(word for word in re.split(r"[,\s]+", front.get("covers", "").strip("[] ")) if word),
        instead=front.get("instead", ""),
        text="\n".join(body).strip() + "\n",
        sections=tuple(sections[1:]),
        blocks=tuple(blocks),
    )


def _front_matter(path: Path, lines: list[str]) -> tuple[int, dict[str, str]]:
    """The number of lines it takes, and its `key: value` pairs."""
    if not lines or lines[0].rstrip() != "---":
        return 0, {}
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == "---":
            return number, values
        key, colon, value = line.partition(":")
        if not colon or key.strip() not in FRONT_MATTER:
            raise UsageError(f"front matter is `{': …`, `'.join(FRONT_MATTER)}: …`", path=path.as_posix(), line=number)
        values[key.strip()] = value.strip()
    raise UsageError("the front matter has no closing `---`", path=path.as_posix(), line=1)


def _paragraph(lines: list[str]) -> str:
    words: list[str] = []
    for line in lines:
        if not line.strip():
            if words:
                break
        elif line.startswith(("#", "```", "~~~")):
            break
        else:
            words.append(line.strip())
    return " ".join(words)


def _blocks(path: Path, lines: list[str], start: int) -> tuple[list[str], list[Block]]:
    """The headings, title first, and the fenced blocks. `start` lines stand before these."""
    sections: list[str] = []
    blocks: list[Block] = []
    opened: tuple[str, str, str, int] | None = None
    for number, line in enumerate(lines, start=start + 1):
        if opened is None:
            if fence := _FENCE.match(line):
                opened = (fence[1], fence[2], fence[3], number)
            elif heading := _HEADING.match(line):
                sections.append(heading[1])
            continue
        indent, fence_text, words, first = opened
        if line.strip() and not line.strip().strip(fence_text[0]) and len(line.strip()) >= len(fence_text):
            inner = [each.removeprefix(indent) for each in lines[first - start : number - start - 1]]
            text = "".join(f"{each}\n" for each in inner)
            blocks.append(Block(tuple(words.split()), text, first + 1, max(len(sections) - 1, 0)))
            opened = None
    if opened is not None:
        raise UsageError("the fenced block is not closed", path=path.as_posix(), line=opened[3])
    return sections, blocks
