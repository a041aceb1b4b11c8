"""Files as other programs know them: by the path from the repository's root, and by the file a link leads to."""

from os.path import normpath, relpath
from pathlib import Path


class Places:
    """The paths of one run's files. Code hosts show nothing for a symbolic link, so links are followed."""

    def __init__(self) -> None:
        self.here = Path().resolve()
        self.top = repository(self.here)
        """The root of the working directory's repository; None outside of one."""
        self._known: dict[str, str] = {}

    def from_root(self, path: str) -> str:
        """The path from the repository's root, with forward slashes.

        For a file outside of the working directory's repository it is the path in its own; for one that is in none,
        the path from the working directory if it lies below that, else the absolute path.
        """
        if path not in self._known:
            self._known[path] = self._from_root(path)
        return self._known[path]

    def from_here(self, path: str) -> str:
        """The path from the working directory: as it is, unless a link within the repository is on it."""
        file = Path(path).resolve()
        linked = file != self._unfollowed(path)
        return _from(self.here, file) if linked and self.top and file.is_relative_to(self.top) else path

    def _from_root(self, path: str) -> str:
        file = Path(path).resolve()
        own = self._unfollowed(path)  # a link out of the repository stands for itself
        for found, top in ((file, self.top), (own, self.top), (file, repository(file.parent)), (file, self.here)):
            if top is not None and found.is_relative_to(top):
                return _from(top, found)
        return file.as_posix()

    def _unfollowed(self, path: str) -> Path:
        return Path(normpath(self.here / path))


def repository(folder: Path) -> Path | None:
    """The root of the git repository that the folder is in, if it is in one; git itself is not asked."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), None)


def _from(folder: Path, file: Path) -> str:
    return Path(relpath(file, folder)).as_posix()
