"""What a report says of dblint itself."""

from functools import cache
from importlib.metadata import PackageNotFoundError, distribution

import msgspec
from msgspec import Struct

from dblint import __version__


class Tool(Struct, frozen=True):
    """What the log says of dblint itself: its version and the address of its home page ("" for none)."""

    version: str
    home: str = ""


@cache
def installed() -> Tool:
    """This dblint; its home page is the one that the distribution names, or the repository it was installed from."""
    try:
        found = distribution("dblint")
    except PackageNotFoundError:
        return Tool(__version__)
    urls = dict(line.split(", ", 1) for line in found.metadata.get_all("Project-URL") or ())
    return Tool(__version__, urls.get("Homepage") or repository(found.read_text("direct_url.json") or "{}"))


def repository(direct_url: str) -> str:
    """The web address in an installer's `direct_url.json` (PEP 610), if that names a repository; else ""."""
    origin = msgspec.json.decode(direct_url)
    url = origin.get("url", "") if "vcs_info" in origin else ""
    return url.removesuffix(".git") if url.startswith("https://") and "@" not in url else ""
