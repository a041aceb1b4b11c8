"""Where the checked files come from: the folder on this machine, and in git the repository and its commit."""

import re
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct

from dblint.reports.places import Places

_SECURE_COPY = re.compile(r"(?:[^/@]+@)?(?P<host>[^/:]{2,}):(?P<path>(?!//).+)")
"""`user@host:path`, git's short form of an address that SSH reaches."""


class Origin(Struct, frozen=True):
    """`root`: the `file:` address of the folder that paths start from. `repository`: the address that the files were
    cloned from, `commit` and `branch`: what is checked out; "" where there is none."""

    root: str
    repository: str = ""
    commit: str = ""
    branch: str = ""


def origin_of(places: Places) -> Origin:
    """The origin of files in these places. Asks git. Raises UsageError if there is a repository, but no git."""
    root = f"{(places.top or places.here).as_uri()}/"
    if places.top is None:
        return Origin(root)
    from dblint.revisions import Repository

    repository = Repository.at(places.top)
    if repository is None:
        return Origin(root)
    url, commit, branch = repository.checked_out()
    return Origin(root, address(url, places.top), commit, branch)


def address(url: str, folder: Path) -> str:
    """A remote's URL as an absolute URI that bears no names and passwords; `folder`: what a relative path starts
    from."""
    if not url:
        return ""
    short = _SECURE_COPY.fullmatch(url)
    if short:
        return f"ssh://{short['host']}/{short['path'].lstrip('/')}"
    parts = urlsplit(url)
    if not parts.scheme or len(parts.scheme) == 1:  # a drive
        return (folder / url).resolve().as_uri()
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
