"""What a report says of dblint itself."""

import re
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from dblint import __version__

INDEX = "https://pypi.org/project/dblint/"
"""The page that the package index keeps for a distribution of this name: where nothing nearer is known."""
_ORIGIN = re.compile(r'^\s*\[remote "origin"\](?:\n(?!\s*\[).*)*?\n\s*url\s*=\s*(\S+)\s*$', re.MULTILINE)
_PAGES = {"github.com": "blob", "gitlab.com": "-/blob", "codeberg.org": "src/tag"}
"""By host of code, what stands in an address between the repository and the tag of a file's version."""


class Tool(Struct, frozen=True):
    """What the log says of dblint itself: its version and the address of its home page."""

    version: str
    home: str = INDEX

    @property
    def rules(self) -> str:
        """The address of the folder with the rules' pages in this version; "" where the home page has no files."""
        kind = _PAGES.get(urlsplit(self.home).netloc)
        return f"{self.home}/{kind}/v{self.version}/rules" if kind else ""


@cache
def installed() -> Tool:
    """This dblint. Its home page is the one that the distribution names; else the repository that it was installed
    from, or whose clone it runs in; else its page in the package index."""
    here = Path(__file__).resolve().parents[3]  # the clone, if it is in one
    try:
        found = distribution("dblint")
    except PackageNotFoundError:
        return Tool(__version__, cloned(here) or INDEX)
    urls = dict(line.split(", ", 1) for line in found.metadata.get_all("Project-URL") or ())
    direct = found.read_text("direct_url.json") or "{}"
    return Tool(__version__, urls.get("Homepage") or repository(direct) or cloned(here) or INDEX)


def repository(direct_url: str) -> str:
    """The web address of the repository that an installer's `direct_url.json` (PEP 610) names, or that the folder named
    there is a clone of; else ""."""
    origin = msgspec.json.decode(direct_url)
    url = origin.get("url", "")
    if "vcs_info" in origin:
        return _web(url)
    if "dir_info" not in origin:
        return ""
    from urllib.request import url2pathname

    return cloned(Path(url2pathname(urlsplit(url).path)))


def cloned(folder: Path) -> str:
    """The web address of the repository that the folder is a clone of, if git's configuration there names one."""
    try:
        settings = (folder / ".git" / "config").read_text(encoding="utf-8")
    except (OSError, UnicodeError):
        return ""
    found = _ORIGIN.search(settings)
    return _web(found[1]) if found else ""


def _web(url: str) -> str:
    """The address without git's suffix, if it is one for browsers that bears no name or password; else ""."""
    return url.removesuffix("/").removesuffix(".git") if url.startswith("https://") and "@" not in url else ""
