"""Runs a composite action's steps as GitHub's runner does: in order, with its files and variables, on this machine.

Of `uses` steps it only notes what they were given. Of expressions it knows contexts, strings, `==`, `!=`, `&&`, `||`,
`!` and brackets, and nothing else.
"""

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from msgspec import Struct, field

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<sign>==|!=|&&|\|\||[!()])|(?P<path>[A-Za-z_][\w.-]*))")
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)


class Outcome(Struct, kw_only=True):
    """What a run of the action came to. `log`: all that was printed. `used`: what each `uses` step was given."""

    exit_code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def annotations(self) -> list[str]:
        """The workflow commands that the runner would obey: those that nobody told it to stop reading."""
        found: list[str] = []
        token = ""
        for line in self.log.splitlines():
            if token:
                token = "" if line == f"::{token}::" else token
            elif line.startswith("::stop-commands::"):
                token = line.removeprefix("::stop-commands::")
            elif re.match(r"::(error|warning|notice)\b", line):
                found.append(line)
        return found


def value(expression: str, contexts: Mapping[str, Any]) -> Any:
    """What an expression between `${{` and `}}` comes to; a context that is not there is ""."""
    tokens: list[tuple[str, str]] = []
    place = 0
    while expression[place:].strip():
        found = _TOKEN.match(expression, place)
        if found is None or found.lastgroup is None:
            raise ValueError(f"not understood: {expression[place:]}")
        tokens.append((found.lastgroup, found[found.lastgroup]))
        place = found.end()

    def peek() -> str:
        return tokens[0][1] if tokens and tokens[0][0] == "sign" else ""

    def either() -> Any:
        left = both()
        while peek() == "||":
            tokens.pop(0)
            right = both()
            left = left or right
        return left

    def both() -> Any:
        left = compared()
        while peek() == "&&":
            tokens.pop(0)
            right = compared()
            left = left and right
        return left

    def compared() -> Any:
        left = single()
        if peek() in ("==", "!="):
            same = tokens.pop(0)[1] == "=="
            return (left == single()) is same
        return left

    def single() -> Any:
        kind, text = tokens.pop(0)
        if text == "!" and kind == "sign":
            return not single()
        if text == "(" and kind == "sign":
            inner = either()
            if tokens.pop(0)[1] != ")":
                raise ValueError(f"no closing bracket: {expression}")
            return inner
        if kind == "text":
            return text[1:-1].replace("''", "'")
        found: Any = contexts
        for name in text.split("."):
            found = found.get(name, "") if isinstance(found, Mapping) else ""
        return found

    result = either()
    if tokens:
        raise ValueError(f"not understood: {expression}")
    return result


def filled(text: str, contexts: Mapping[str, Any]) -> str:
    return _EXPRESSION.sub(lambda found: str(value(found[1].strip(), contexts)), text)


def file_commands(file: Path) -> dict[str, str]:
    """What a step wrote into its GITHUB_OUTPUT, which holds `name=value` lines alone."""
    lines = file.read_text(encoding="utf-8").splitlines()
    assert all(re.match(r"[\w-]+=", line) for line in lines), lines
    return dict(line.split("=", 1) for line in lines)


class Composite:
    """An action's steps. `stub`: for a step's id, outputs that stand for having run it."""

    def __init__(self, action: Path, *, stub: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.document = yaml.safe_load(action.read_text(encoding="utf-8"))
        self.folder = action.parent
        self.stub = stub or {}

    def inputs(self, given: Mapping[str, str]) -> dict[str, str]:
        known: dict[str, Any] = self.document["inputs"]
        assert set(given) <= set(known), set(given) - set(known)
        return {name: given.get(name, each["default"]) for name, each in known.items()}

    def run(
        self,
        workspace: Path,
        temporary: Path,
        *,
        given: Mapping[str, str] | None = None,
        github: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        clock: Callable[[], float],
    ) -> Outcome:
        """Run all steps in the workspace. `given`: inputs. `github`: that context. `environment`: beside PATH."""
        outcome = Outcome()
        steps: dict[str, dict[str, Any]] = {name: {"outputs": dict(each)} for name, each in self.stub.items()}
        contexts = {"inputs": self.inputs(given or {}), "github": dict(github or {}), "steps": steps}
        summary = temporary / "summary"
        summary.touch()
        failed = False
        for number, step in enumerate(self.document["runs"]["steps"]):
            name = step["id"] if "id" in step else step["name"]
            condition = step.get("if", "").removeprefix("${{").removesuffix("}}").strip()
            if failed or name in self.stub or (condition and not value(condition, contexts)):
                continue
            if "uses" in step:
                outcome.used[step["uses"]] = {k: filled(v, contexts) for k, v in step["with"].items()}
                continue
            assert step["shell"] == "bash"
            assert "${{" not in step["run"]
            script, output = temporary / f"step{number}.sh", temporary / f"output{number}"
            script.write_text(step["run"], encoding="utf-8")
            output.touch()
            own = {key: filled(text, contexts) for key, text in step.get("env", {}).items()}
            started = clock()
            done = subprocess.run(
                # What the runner does for `shell: bash`.
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
                cwd=workspace,
                env={
                    "PATH": os.environ["PATH"],
                    "HOME": str(temporary),
                    "CI": "true",
                    "GITHUB_ACTIONS": "true",
                    "GITHUB_ACTION_PATH": str(self.folder),
                    "GITHUB_WORKSPACE": str(workspace),
                    "GITHUB_OUTPUT": str(output),
                    "GITHUB_STEP_SUMMARY": str(summary),
                    "RUNNER_TEMP": str(temporary),
                    **(environment or {}),
                    **own,
                },
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            outcome.seconds[name] = clock() - started
            outcome.log += done.stdout
            steps[name] = {"outputs": file_commands(output)}
            if done.returncode:
                outcome.exit_code = done.returncode
                failed = True
        outcome.summary = summary.read_text(encoding="utf-8")
        outcome.outputs = {name: filled(each["value"], contexts) for name, each in self.document["outputs"].items()}
        return outcome
