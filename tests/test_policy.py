"""The policy in force: what a blueprint says of it, and what the configuration says."""

from pathlib import Path

import pytest

from dblint.blueprint.reading import from_text
from dblint.blueprint.settings import applied
from dblint.config import Config, Policy
from dblint.config_file import load
from dblint.policy import InForce, policy_of

BLUEPRINT = """\
migrationPolicy:
  zeroDowtime: true
  patterns:
    allowedOperations: [ADD_COLUMN]
    expandContract: {enabled: true, maxPhases: 3, phaseDurationDays: 7, releaseSource: date}
  validation:
    requireHeaders: true
rollback:
  config:
    rollbackScripts: {required: true}
"""


def in_force(text: str, config: Config) -> InForce:
    config, blueprint = applied(config, from_text("database-blueprint.yaml", text), lambda name: ())
    return policy_of(config, blueprint)


def test_a_blueprint_says_it_all() -> None:
    found = in_force(BLUEPRINT, Config())
    assert found.policy == Policy(
        allowed=("ADD_COLUMN",),
        zero_downtime=True,
        expand_contract=True,
        max_phases=3,
        phase_days=7,
        release="date",
        require_rollback=True,
        headers=("Migration", "TraceId"),
    )
    assert found.places["allowed"].text == "database-blueprint.yaml:4"
    assert found.places["require_rollback"].text == "database-blueprint.yaml:10"
    assert found.places["zero_downtime"].source is not None
    assert found.why("allowed", "so it is") == ("so it is (database-blueprint.yaml:4)",)
    assert found.why("prohibited", "so it is") == ()


def test_the_blueprint_is_nearer_than_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("dblint.toml").write_text('[policy]\nallowed = ["CREATE_TABLE"]\nprohibited = ["TRUNCATE"]\nmax-phases = 9\n')
    found = in_force(BLUEPRINT, load(Path("dblint.toml")))
    assert (found.policy.allowed, found.policy.prohibited, found.policy.max_phases) == (
        ("ADD_COLUMN",),
        ("TRUNCATE",),
        3,
    )
    assert found.places["prohibited"].text == "dblint.toml:3"
    assert found.places["prohibited"].source is None


@pytest.mark.parametrize(
    "value", ["{}", "[]", "3", "yes", "{patterns: 5}", "{validation: [x], patterns: {expandContract: 1}}"]
)
def test_what_is_no_policy_changes_nothing(value: str) -> None:
    assert in_force(f"migrationPolicy: {value}\n", Config()).policy == Policy()


def test_numbers_of_any_size() -> None:
    for number in ("-3", "1e999", "1.5", "'7'"):
        text = f"migrationPolicy: {{patterns: {{expandContract: {{maxPhases: {number}}}}}}}\n"
        assert in_force(text, Config()).policy.max_phases == 0
