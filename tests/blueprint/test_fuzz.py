"""Whatever is done to a document: no traceback, no hang, and an exit code that means something.

`DBLINT_FUZZ=2000` in the environment tries that many documents instead of a few.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dblint.cli import cli
from tests.blueprint.sampled import documents
from tests.blueprint.test_drift import EXAMPLE

TRIES = int(os.environ.get("DBLINT_FUZZ", "60"))
EXTRA = [(file.name, file.read_text(encoding="utf-8")) for file in sorted(EXAMPLE.rglob("*.yaml"))]
SAMPLES = [*documents(), *EXTRA]
PIECES = [
    *(": ", "- ", "\n", "  ", "\t", "{", "}", "[", "]", "'", '"', "#", "&a ", "*a", "<<: *a", "!!str ", "|\n", ">\n"),
    *("---\n", "null", "true", "1e9", "-1", "\\", "\u0000", "\ufeff", "\U0001f600", "é", "%", "@", "`", "? ", "~"),
    *("columns: ", "type: ", "name: ", "tables:\n", "schemas: ", "default: ", "check: ", "indexes:\n", "primaryKey: "),
    *("varchar(", "numeric(18,2)", "'); DROP TABLE x; --", "${x}", "$$", "(select 1)", "uuid[]", "now()"),
]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, str]:
    """A sample with some of its text cut out, repeated, moved or replaced."""
    name, text = draw(st.sampled_from(SAMPLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.sampled_from([0, 1, 2, 5, 20, 200])))
        piece = draw(st.sampled_from(PIECES) | st.text(max_size=8))
        other = draw(st.integers(0, len(text)))
        text = draw(
            st.sampled_from(
                [
                    text[:start] + text[end:],
                    text[:start] + piece + text[start:],
                    text[:start] + piece + text[end:],
                    text[:other] + text[start:end] + text[other:],
                ]
            )
        )
    return name, text


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("fuzz")
    (folder / ".git").mkdir()
    shutil.copytree(EXAMPLE / "migrations", folder / "migrations")
    yield folder


@settings(max_examples=TRIES, deadline=None, suppress_health_check=list(HealthCheck))
@given(mutated())
def test_no_document_brings_the_program_down(component: Path, document: tuple[str, str]) -> None:
    name, text = document
    for old in component.glob("database-blueprint.*"):
        old.unlink()
    file = component / f"database-blueprint.{name.rpartition('.')[2]}"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for arguments in (["check", str(component), "--new", "all"], ["diff", str(component)]):
        result = CliRunner().invoke(cli, arguments)
        assert result.exit_code in (0, 1, 2)
        assert "internal error" not in result.output, result.output
