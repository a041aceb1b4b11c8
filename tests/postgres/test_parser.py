"""The parser is imported without pglast's node classes, which are still there for who asks for them."""

import subprocess
import sys

LEAN = """
import sys
from dblint.dialects.postgres.parser import parse_sql_json
assert "SelectStmt" in parse_sql_json("SELECT 1")
assert "pglast.enums.nodes" not in sys.modules and "Node" not in vars(sys.modules["pglast.ast"])
"""

WHOLE = """
import pglast.enums.nodes
from pglast import parse_sql
from pglast.ast import SelectStmt
assert isinstance(parse_sql("SELECT 1")[0].stmt, SelectStmt)
assert pglast.ast.SelectStmt is SelectStmt and pglast.enums.NodeTag
"""


def run(code: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_node_classes_are_not_imported() -> None:
    run(LEAN)


def test_node_classes_are_there_when_asked_for() -> None:
    run(LEAN + WHOLE)


def test_pglast_may_have_been_imported_before() -> None:
    run(WHOLE + "from dblint.dialects.postgres.parser import parse_sql_json")
