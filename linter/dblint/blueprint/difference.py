"""What a difference between the declared and the built schema is."""

from typing import Literal

from msgspec import Struct

from dblint.blueprint.sheet import Place
from dblint.catalog.model import Origin
from dblint.names import Name

Kind = Literal["declared not built", "built not declared", "built otherwise"]
What = Literal["table", "column", "key", "constraint", "index", "policy"]


class Difference(Struct, frozen=True, kw_only=True):
    """One thing in which the two schemas differ.

    `place`: in the document; the table's, for what is not declared. `origin`: in the migrations; the table's, for
    what is not built, if there is the table. `name`: of the thing within its table. `declared` and `built`: how each
    has it, in words, where both have it otherwise. `ours` and `there`: the table's names in the declared and in the
    built catalog, as far as it is in them. `aspect`: the key of a column's declaration that is not kept. `names`: what
    a part of the table that is built otherwise is called in each of them.
    """

    kind: Kind
    what: What
    table: str
    name: str
    message: str
    place: Place
    origin: Origin | None = None
    declared: str = ""
    built: str = ""
    ours: Name | None = None
    there: Name | None = None
    aspect: str = ""
    names: tuple[str, str] = ("", "")
