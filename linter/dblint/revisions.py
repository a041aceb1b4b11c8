"""What git knows: the commit that a change starts from, and what files were then.

Everything is asked of the git program. A run that names no revision does not import this module.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from msgspec import Struct

from dblint.errors import UsageError

TARGETS = (
    "GITHUB_BASE_REF",  # GitHub, Gitea, Forgejo
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME",  # GitLab
    "SYSTEM_PULLREQUEST_TARGETBRANCH",  # Azure Pipelines, as refs/heads/…
    "BITBUCKET_PR_DESTINATION_BRANCH",
    "BUILDKITE_PULL_REQUEST_BASE_BRANCH",
)
"""Variables in which services name the branch that a pull request is for; empty or missing in other runs."""

STARTS = ("CI_MERGE_REQUEST_DIFF_BASE_SHA",)
"""Variables with the commit where the branches part. Second choice: GitLab's is older than a merged result."""

USUAL = ("HEAD", "main", "master")

DEEPEN = 250
"""Commits that the one fetch adds to a shallow clone: more than a branch has, less than a history."""

PATIENCE = 120
"""Seconds that a fetch may take."""

_HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")
_REMEDY = "check out the whole history (actions/checkout: fetch-depth: 0; GitLab: GIT_DEPTH: 0)"


class Start(Struct, frozen=True):
    """`commit`: what the change is compared with. `tip`: where the base branch is now. `name`: for people."""

    commit: str
    tip: str
    name: str


def target(environment: Mapping[str, str]) -> tuple[str, str]:
    """The branch that the pull request under way is for, and the commit where it parted, as far as they are named."""
    branch = next((value for name in TARGETS if (value := environment.get(name, ""))), "")
    return branch.removeprefix("refs/heads/"), next((v for name in STARTS if (v := environment.get(name, ""))), "")


class Repository:
    """A git repository with its files. Paths go in and out relative to `top`, with forward slashes."""

    def __init__(self, top: str) -> None:
        self.top = top
        self._starts: dict[str, Start] = {}

    @classmethod
    def at(cls, folder: Path) -> "Repository | None":
        """The repository that the folder is in. UsageError when git is missing or refuses."""
        done = _run(str(folder), "rev-parse", "--show-toplevel")
        if done.returncode:
            if b"not a git repository" in done.stderr:
                return None
            raise UsageError(f"git cannot tell what is new: {_said(done)}", path=str(folder))
        return cls(os.path.realpath(os.fsdecode(done.stdout).rstrip("\r\n")))

    # --- commits ---

    def revision(self, name: str) -> Start:
        """A revision that the user names. UsageError when there is none."""
        commit = self._commit(name)
        if not commit and self._shallow() and _HASH.match(name):
            self._fetch(name)
            commit = self._commit(name)
        if not commit:
            raise UsageError(f"git knows no commit {name!r}{f': {_REMEDY}' if self._shallow() else ''}")
        return Start(commit, commit, name)

    def start(self, branch: str, environment: Mapping[str, str]) -> Start:
        """Where this branch parted from the one that it is to be merged into: `branch`, or the pull request's, or
        the remote's main one. A shallow clone is deepened once. UsageError when that does not do.
        """
        if branch not in self._starts:
            self._starts[branch] = self._start(branch, environment)
        return self._starts[branch]

    def _start(self, asked: str, environment: Mapping[str, str]) -> Start:
        branch, parted = (asked, "") if asked else target(environment)
        if not branch and not parted:
            return self._usual()
        why = ""
        if branch:
            tip = self._tip(branch)
            start = self._parted(tip)
            if not start and (not tip or self._shallow()):
                why = self._fetch(branch)
                tip = self._tip(branch) or tip
                start = self._parted(tip)
            if start:
                return Start(start, tip, branch)
        if parted:
            if not self._commit(parted):
                why = self._fetch(parted)
            if self._commit(parted):
                return Start(parted, parted, branch or parted[:10])
        if branch and self._tip(branch) and not self._shallow():
            raise UsageError(f"this branch and {branch} have no commit in common, so what is new cannot be told")
        lack = "the commit where this branch parted from it" if branch and self._tip(branch) else "it"
        raise UsageError(
            f"the base of the change is {branch or parted}, and {lack} is not in this clone"
            f"{f' ({why})' if why else ''}: {_REMEDY}, or name another with --base"
        )

    def _usual(self) -> Start:
        """The start for a branch of which nothing is said: the main one of the remote, or of this clone."""
        remote = self._remote()
        for name in (*(f"{remote}/{name}" for name in USUAL if remote), *USUAL[1:]):
            tip = self._commit(name)
            if tip and (start := self._parted(tip)):
                return Start(start, tip, name.removesuffix("/HEAD"))
        raise UsageError("there is no origin/HEAD, main or master to compare with: name the base with --base BRANCH")

    def _tip(self, branch: str) -> str:
        """Where the branch is: on the remote, if it is known there, since one's own copy may be old."""
        remote = self._remote()
        return (self._commit(f"refs/remotes/{remote}/{branch}") if remote else "") or self._commit(branch)

    def checked_out(self) -> tuple[str, str, str]:
        """The URL of the remote, and the commit and the branch that the files are of; "" where there is none."""
        remote = self._remote()
        url = self._line("remote", "get-url", remote) if remote else ""
        return url, self._commit("HEAD"), self._line("symbolic-ref", "--short", "--quiet", "HEAD")

    def _commit(self, name: str) -> str:
        if name.startswith("-"):
            raise UsageError(f"{name!r} is no name of a revision")
        return self._line("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")

    def _parted(self, tip: str) -> str:
        return self._line("merge-base", "HEAD", tip) if tip else ""

    def _shallow(self) -> bool:
        return self._line("rev-parse", "--is-shallow-repository") == "true"

    def _remote(self) -> str:
        remotes = self._line("remote").split("\n")
        return "origin" if "origin" in remotes else remotes[0]

    def _fetch(self, branch: str) -> str:
        """Get the branch (or commit) with what lies between it and here; why that failed, or ""."""
        remote = self._remote()
        if not remote:
            return "there is no remote to fetch it from"
        name = branch.removeprefix(f"{remote}/")
        wanted = branch if _HASH.match(branch) else f"+refs/heads/{name}:refs/remotes/{remote}/{name}"
        head = self._line("rev-parse", "HEAD")
        deepen = (f"--deepen={DEEPEN}",) if self._shallow() else ()
        # What is checked out lies at the edge of a shallow clone, and is deepened only if it is asked for as well.
        for wants in ((wanted, head), (wanted,)) if deepen else ((wanted,),):
            done = _run(self.top, "fetch", "--quiet", "--no-tags", *deepen, remote, *wants, patience=PATIENCE)
            if not done.returncode:
                return ""
        return _said(done)

    # --- files ---

    def files(self, commit: str, folders: Sequence[str]) -> set[str]:
        """The paths of all files that these folders ("" is the top) held in the commit."""
        done = self._done("ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *_within(folders))
        return {os.fsdecode(name) for name in done.split(b"\0") if name}

    def differences(self, commit: str, folders: Sequence[str], to: str = "") -> dict[str, str]:
        """What became of files since the commit, up to the commit `to` or, without it, on disk.

        By path: "A" added, "D" gone, else changed. Files that git does not track are not in it.
        """
        options = ("--name-status", "-z", "--no-renames", "--no-ext-diff", "--ignore-submodules")
        done = self._done("diff", *options, commit, *((to,) if to else ()), "--", *_within(folders))
        fields = [os.fsdecode(field) for field in done.split(b"\0")]
        return dict(zip(fields[1::2], fields[0::2], strict=False))

    def contents(self, commit: str, paths: Iterable[str]) -> dict[str, bytes]:
        """What the files held in the commit."""
        return {path: self._done("cat-file", "blob", f"{commit}:{path}") for path in paths}

    def _done(self, *arguments: str) -> bytes:
        done = _run(self.top, *arguments)
        if done.returncode:
            raise UsageError(f"git cannot tell what is new: {_said(done)}")
        return done.stdout

    def _line(self, *arguments: str) -> str:
        """What git answers; "" when it has no answer."""
        done = _run(self.top, *arguments)
        return "" if done.returncode else os.fsdecode(done.stdout).strip()


def _within(folders: Sequence[str]) -> Sequence[str]:
    return () if "" in folders else folders


def _run(place: str, *arguments: str, patience: float | None = None) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "--literal-pathspecs", "-C", place, *arguments]
    quiet = {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=patience,
            env={**os.environ, **quiet},
        )
    except FileNotFoundError:
        raise UsageError("git is not installed, so it cannot tell what is new: name it with --new or --since") from None
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, b"", b"git took too long")


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    """git's own reason, in one line."""
    lines = [line.strip() for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
    reason = next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[-1] if lines else "")
    return re.sub(r"\A(?:fatal|error): ", "", reason) or f"exit code {done.returncode}"


def first_seen(path: str) -> date | None:
    """The day of the commit that added the file; today for one that is in none; None outside of git."""
    folder = str(Path(path).resolve().parent)
    inside = _run(folder, "rev-parse", "--is-inside-work-tree")
    if inside.returncode:
        return None
    added = _run(folder, "log", "--follow", "--diff-filter=A", "--format=%cs", "--", Path(path).name)
    days = added.stdout.decode("ascii", "replace").split()
    return date.fromisoformat(days[-1]) if days else date.today()
