"""What goes wrong through the user's input, said in one sentence."""

from dblint.source import Statement


class UsageError(Exception):
    """Bad input, configuration or options: the run ends with exit code 2 and this message.

    `path` and `line` (from 1), when the fault has a place, are printed in front of it.
    """

    def __init__(self, message: str, *, path: str = "", line: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.path and self.line else self.path
        return f"{place}: {self.message}" if place else self.message


class RuleCrash(Exception):
    """A rule raised: a fault of the rule, never swallowed. The run ends with exit code 2."""

    def __init__(self, rule: str, statement: Statement | None, error: Exception) -> None:
        place = f" at {statement.place}" if statement is not None else ""
        super().__init__(f"rule {rule} failed{place}: {type(error).__name__}: {error}")
        self.rule = rule
        self.statement = statement
