"""Reports: one function per format, imported only when that format is asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

from dblint.errors import UsageError

if TYPE_CHECKING:
    from dblint.reports.model import Reporter

FORMATS = {
    "text": "dblint.reports.text:write",
    "concise": "dblint.reports.concise:write",
    "json": "dblint.reports.json:write",
    "sarif": "dblint.reports.sarif:write",
    "github": "dblint.reports.github:write",
    "gitlab": "dblint.reports.gitlab:write",
    "junit": "dblint.reports.junit:write",
    "markdown": "dblint.reports.markdown:write",
    "rdjson": "dblint.reports.rdjson:write",
}
"""Each format's name and its function, as "module:function"."""


def reporter(name: str) -> "Reporter":
    """The function that writes the format; `UsageError` for a name that is not in `FORMATS`."""
    if name not in FORMATS:
        raise UsageError(f"there is no report format {name!r}: choose one of {', '.join(FORMATS)}")
    module, _, function = FORMATS[name].partition(":")
    found: Reporter = getattr(import_module(module), function)
    return found
