"""Naming conventions: a style word, a template or a regular expression that names are held against."""

import re
from collections.abc import Mapping

from msgspec import Struct

STYLES = {
    "snake_case": "[a-z][a-z0-9]*(?:_[a-z0-9]+)*",
    "PascalCase": "[A-Z][a-zA-Z0-9]*",
    "camelCase": "[a-z][a-zA-Z0-9]*",
}

PLACEHOLDERS = ("schema", "table", "column", "columns", "referenced_table", "referenced_columns")
"""What a template may speak of, besides a style's name. Lists of columns are joined by underscores."""

_FIELD = re.compile(r"\{([^{}]*)\}")


class Convention(Struct, frozen=True):
    """A convention as it stands in the configuration.

    `snake_case`, `PascalCase` or `camelCase`; a template such as `ix_{table}_{columns}`,
    `ix_{table}_*` (anything in the place of `*`) or `v_{snake_case}`; or a regular expression between slashes,
    which the whole name must match.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> "Convention":
        """The convention that `text` spells; raises ValueError with one sentence where it spells none."""
        if text in STYLES:
            return cls(text)
        if len(text) > 2 and text.startswith("/") and text.endswith("/"):
            try:
                re.compile(text[1:-1])
            except re.error as error:
                raise ValueError(f"{text} is not a regular expression: {error}") from None
            return cls(text)
        fields = _FIELD.findall(text)
        if not fields or "{" in _FIELD.sub("", text) or "}" in _FIELD.sub("", text):
            raise ValueError(
                f"{text!r} is neither a style ({', '.join(STYLES)}), nor a template with names in braces, "
                "nor a /regular expression/"
            )
        for name in fields:
            if name not in PLACEHOLDERS and name not in STYLES:
                known = ", ".join((*PLACEHOLDERS, *STYLES))
                raise ValueError(f"{{{name}}} in {text!r} is not one of: {known}")
        return cls(text)

    def __str__(self) -> str:
        return self.text

    def matches(self, name: str, facts: Mapping[str, str], *, limit: int = 63) -> bool:
        """Whether `name` follows the convention.

        `facts` are the values of the placeholders that the object has; a template that speaks of
        another matches anything there. `limit` is the longest name the server keeps, in bytes: what
        a template makes too long is compared as the server truncates it.
        """
        if self.text in STYLES:
            return re.fullmatch(STYLES[self.text], name) is not None
        if self.text.startswith("/"):
            return re.fullmatch(self.text[1:-1], name) is not None
        if "*" not in self.text and all(field in facts for field in _FIELD.findall(self.text)):
            return name == _truncated(self.expected(facts), limit)
        return re.fullmatch(self._pattern(facts), name) is not None

    def expected(self, facts: Mapping[str, str]) -> str:
        """The name that the convention asks for, as far as `facts` decide it; otherwise its own text."""
        if self.text in STYLES or self.text.startswith("/"):
            return self.text
        return _FIELD.sub(lambda field: facts.get(field[1], field[0]), self.text)

    def _pattern(self, facts: Mapping[str, str]) -> str:
        pattern, end = "", 0
        for field in _FIELD.finditer(self.text):
            known = facts.get(field[1])
            pattern += _wild(self.text[end : field.start()])
            pattern += re.escape(known) if known is not None else STYLES.get(field[1], ".+")
            end = field.end()
        return pattern + _wild(self.text[end:])


def _wild(text: str) -> str:
    return re.escape(text).replace(r"\*", ".+")


def _truncated(name: str, limit: int) -> str:
    return name.encode()[:limit].decode(errors="ignore")
