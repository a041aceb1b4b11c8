"""Mends whole histories as if all of them were new, and says what came of it: `python benchmarks/mend.py FOLDER…`

Each folder is copied into a throw-away git repository. The patch with all fixes must apply there with `git apply`, and
with GNU patch to the same texts; what is found afterwards must be what the proof said, without anything new.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

PRESET = "recommended"


def main(folders: list[str]) -> int:
    failed = 0
    print("| history | findings | fixes applied | dropped | new findings | seconds | patch |")
    print("|---|---:|---:|---:|---:|---:|---|")
    reasons: Counter[tuple[str, str]] = Counter()
    for folder in folders:
        with tempfile.TemporaryDirectory() as place:
            row, dropped, fault = mend(Path(folder), Path(place))
        print(
            f"| {'/'.join(Path(folder).parts[-2:])} | {' | '.join(map(str, row))} | {fault or 'applies'} |", flush=True
        )
        reasons.update(dropped)
        failed += bool(fault)
    print("\nDropped, and why:")
    for (rule, reason), count in reasons.most_common():
        print(f"{count:6}  {rule}: {reason}")
    return failed


def mend(folder: Path, place: Path) -> tuple[tuple[object, ...], list[tuple[str, str]], str]:
    import os

    from dblint.cli.fix import patch_of
    from dblint.config import Config
    from dblint.packs import load_rules
    from dblint.rule import Applicability
    from dblint.run import Fixing, run
    from dblint.scope import Scope

    git, plain = place / "git", place / "plain"
    shutil.copytree(folder, git / "sql")
    shutil.copytree(folder, plain / "sql")
    sh(git, "git", "init", "-q")
    here = Path.cwd()
    os.chdir(git)
    try:
        rules, config, scope = (
            load_rules(),
            Config().override("mend", preset=PRESET, dialect="postgres"),
            Scope(every=True),
        )
        wanted = frozenset((Applicability.SAFE, Applicability.UNSAFE))
        started = time.perf_counter()
        bare = run(["sql"], config, rules, scope=scope)
        outcome = run(["sql"], config, rules, scope=scope, fixing=Fixing(wanted=wanted, shown=False))
        seconds = time.perf_counter() - started
        text = patch_of(outcome.mended)
        (place / "patch").write_bytes(text.encode())
        fault = applied(git, plain, place / "patch") if text else ""
        after = run(["sql"], config, rules, scope=scope)
        before_keys, after_keys = (Counter((f.rule, f.object or f.message) for f in o.findings) for o in (bare, after))
        grave = {(f.rule, f.object or f.message) for f in after.findings if f.severity.value >= 2}
        new = [key for key in (after_keys - before_keys) if key in grave]
        again = run(["sql"], config, rules, scope=scope, fixing=Fixing(wanted=wanted, shown=False))
        if any(each.texts for each in again.mended):
            fault = fault or f"a second run changes more: {[f.rule for m in again.mended for f in m.applied][:5]}"
        if len(after.summary.unread) > len(bare.summary.unread):
            fault = fault or "more is not understood"
        if new:
            fault = fault or f"new: {new[:4]}"
    finally:
        os.chdir(here)
    dropped = [(each.finding.rule, each.reason.split(":")[0]) for one in outcome.mended for each in one.dropped]
    count = sum(len(each.applied) for each in outcome.mended)
    row = (len(bare.findings), count, len(dropped), len(new), f"{seconds:.1f}")
    return row, dropped, fault


def applied(git: Path, plain: Path, patch: Path) -> str:
    """What went wrong, or ""."""
    for place, command in ((git, ["git", "apply", str(patch)]), (plain, ["patch", "-s", "-p1", "-i", str(patch)])):
        done = subprocess.run(command, cwd=place, capture_output=True, check=False)
        if done.returncode:
            return f"{command[0]}: {done.stderr.decode(errors='replace') or done.stdout.decode(errors='replace')}"
    one, other = (
        {f.relative_to(p): f.read_bytes() for f in (p / "sql").rglob("*") if f.is_file()} for p in (git, plain)
    )
    return "" if one == other else "git apply and patch differ"


def sh(place: Path, *command: str) -> None:
    subprocess.run(command, cwd=place, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
