"""Measures dblint beside squawk and beside the bare parser, in one run.

    python benchmarks/compare.py                 # generated histories of 300 and 3,000 files
    python benchmarks/compare.py migrations/     # and any folder

Each command runs as a new process, in turn, several times; the table shows the median wall time, the
processor time and the peak memory. "parse" is a process that imports pglast, reads the same files and
calls parse_sql_json on each: what no tool built on the server's grammar can be faster than.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from generate import write

PARSE = """
import sys
from pglast.parser import parse_sql_json
for name in sys.stdin.read().splitlines():
    with open(name, encoding="utf-8") as file:
        text = file.read()
    try:
        parse_sql_json(text)
    except Exception:
        pass
"""


def measure(command: list[str], stdin: str = "") -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak megabytes of one process."""
    started = time.perf_counter()
    # With a file as output, not a pipe: nobody has to read while the clock runs.
    with tempfile.TemporaryFile("w+") as given, Path(os.devnull).open("w") as nowhere:
        given.write(stdin)
        given.seek(0)
        process = subprocess.Popen(command, stdin=given, stdout=nowhere, stderr=nowhere)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command[:4])} … failed with exit code {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def row(title: str, command: list[str], stdin: str, repeat: int) -> tuple[str, float, float, float]:
    measure(command, stdin)  # once unmeasured: bytecode and disk cache
    runs = [measure(command, stdin) for _ in range(repeat)]
    wall, processor, memory = (statistics.median(column) for column in zip(*runs, strict=True))
    return title, wall, processor, memory


def compare(title: str, folder: Path, repeat: int) -> None:
    files = sorted(str(path) for path in folder.rglob("*.sql"))
    size = sum(Path(name).stat().st_size for name in files)
    dblint = [sys.executable, "-m", "dblint", str(folder)]
    commands = [
        ("dblint", dblint, ""),
        ("parse", [sys.executable, "-c", PARSE], "\n".join(files)),
    ]
    squawk = Path(sys.executable).with_name("squawk")
    found = str(squawk) if squawk.exists() else shutil.which("squawk")
    if found:
        commands.insert(1, ("squawk", [found, *files], ""))
    print(f"\n{title}: {len(files)} files, {size / 1000:.0f} kB\n")
    print("| command | wall (ms) | processor (ms) | peak memory (MB) |")
    print("|---|---:|---:|---:|")
    for name, wall, processor, memory in (row(*command, repeat) for command in commands):
        print(f"| {name} | {wall * 1000:.0f} | {processor * 1000:.0f} | {memory:.0f} |")
    if not found:
        print("\nsquawk is not installed: pip install 'dblint[bench]'")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--repeat", type=int, default=7)
    parser.add_argument("--files", type=int, nargs="*", default=[300, 3000])
    arguments = parser.parse_args()
    if find_spec("dblint") is None:
        raise SystemExit("dblint is not installed: pip install -e '.[bench]'")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as scratch:
        for count in arguments.files:
            folder = Path(scratch, f"{count}-files")
            write(folder, count)
            compare(f"generated, {count} files", folder, arguments.repeat)
    for folder in arguments.folders:
        compare(folder.name, folder, arguments.repeat)


if __name__ == "__main__":
    main()
