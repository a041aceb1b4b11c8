"""The action, step by step on a repository with a base branch and a pull request's."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from tests.action.comments import comments
from tests.action.composite import Composite, Outcome, value
from tests.demonstration import EXPECTED, build

ROOT = Path(__file__).parent.parent.parent
ACTION = ROOT / "action.yml"
UPLOAD = "github/codeql-action/upload-sarif"
OLD = {
    "V1__orders.sql": "CREATE TABLE orders (id bigint PRIMARY KEY, note text, total int);\n",
    "V2__old.sql": "CREATE INDEX old ON orders (note);\n",
}
BAD = "ALTER TABLE orders DROP COLUMN note;\n\nCREATE INDEX ix_orders_total ON orders (total);\n"
GOOD = "CREATE TABLE items (id bigint PRIMARY KEY);\n"
MIGRATIONS = "db/migrations"


def git(*arguments: str, at: Path) -> str:
    settings = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "protocol.file.allow=always")
    done = subprocess.run(["git", *settings, *arguments], cwd=at, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(files: Mapping[str, str | None], at: Path) -> None:
    for name, text in files.items():
        file = at / name
        file.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            file.unlink()
        else:
            file.write_text(text, encoding="utf-8")
    git("add", "-A", at=at)
    git("commit", "-qm", "change", at=at)


class Hub:
    """A repository with a base branch `main`, and the pull requests' branches, as a server has it."""

    def __init__(self, folder: Path, migrations: str) -> None:
        self.origin = folder / "origin"
        self.folder = folder
        self.migrations = migrations
        self.origin.mkdir()
        git("init", "-q", "-b", "main", at=self.origin)
        for name, text in OLD.items():
            commit({f"{migrations}/{name}": text}, self.origin)
        git("switch", "-qc", "change", at=self.origin)

    def change(self, files: Mapping[str, str | None]) -> None:
        commit({f"{self.migrations}/{name}": text for name, text in files.items()}, self.origin)

    def checked_out(self, *options: str) -> Path:
        """The workspace, as actions/checkout leaves it."""
        workspace = self.folder / "work space"
        if options:
            git("clone", "-q", *options, "-b", "change", f"file://{self.origin}", str(workspace), at=self.folder)
        else:
            git("clone", "-q", "-b", "change", str(self.origin), str(workspace), at=self.folder)
        return workspace


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path, MIGRATIONS)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """The outputs of the install step, really run, once for all workers of the test run."""
    shared = (
        tmp_path_factory.getbasetemp().parent
        if os.environ.get("PYTEST_XDIST_WORKER")
        else tmp_path_factory.getbasetemp()
    )
    place = shared / "installed"
    place.mkdir(exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        note = place / "outputs.json"
        if not note.exists():
            action = Composite(ACTION, stub={"check": {"exit-code": "0"}})
            done = action.run(ROOT, place, given={"python": sys.executable}, clock=time.perf_counter)
            assert done.exit_code == 0, done.log
            bins = sorted(place.glob("dblint.*/venv/bin"))
            note.write_text(json.dumps({"bin": str(bins[0]), "seconds": str(done.seconds["install"])}))
        found: dict[str, str] = json.loads(note.read_text())
    return found


@pytest.fixture
def gate(installed: Mapping[str, str], tmp_path: Path) -> "Gate":
    return Gate(installed, tmp_path)


class Gate:
    def __init__(self, installed: Mapping[str, str], folder: Path) -> None:
        self.action = Composite(ACTION, stub={"install": {"bin": installed["bin"]}})
        self.folder = folder

    def run(
        self,
        workspace: Path,
        *,
        base: str = "main",
        event: str = "pull_request",
        environment: Mapping[str, str] | None = None,
        **given: str,
    ) -> Outcome:
        temporary = self.folder / f"temporary {len(list(self.folder.glob('temporary*')))}"
        temporary.mkdir()
        inputs = {name.replace("_", "-"): text for name, text in {"paths": MIGRATIONS, **given}.items()}
        return self.action.run(
            workspace,
            temporary,
            given=inputs,
            github={"event_name": event, "token": "secret", "event": {}},
            environment={"GITHUB_BASE_REF": base, "GITHUB_EVENT_NAME": event, **(environment or {})},
            clock=time.perf_counter,
        )


# --- what pull requests come to ---


def test_a_bad_pull_request(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": BAD})
    outcome = gate.run(hub.checked_out())
    assert outcome.exit_code == 1
    assert outcome.outputs["exit-code"] == "1"
    assert outcome.outputs["findings"] == "2"
    dropped, index = outcome.annotations
    assert dropped.startswith(f"::error file={MIGRATIONS}/V3__bad.sql,line=1,")
    assert "title=dblint%3A column-drop" in dropped
    assert index.startswith(f"::error file={MIGRATIONS}/V3__bad.sql,line=3,")
    assert "title=dblint%3A blocking-index-build" in index
    assert outcome.summary.startswith("## dblint failed: 2 errors in 1 file")
    assert Path(outcome.outputs["summary-file"]).read_text(encoding="utf-8") == outcome.summary
    results = json.loads(Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["column-drop", "blocking-index-build"]
    assert "V2__old.sql" not in outcome.log
    assert outcome.used == {}


def test_the_patch_turns_it_green(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": "CREATE INDEX ix_orders_total ON orders (total);\n"})
    workspace = hub.checked_out()
    outcome = gate.run(workspace)
    assert outcome.exit_code == 1
    git("apply", outcome.outputs["patch-file"], at=workspace)
    assert gate.run(workspace).exit_code == 0


def test_the_demonstration_from_red_to_green(gate: Gate, tmp_path: Path) -> None:
    workspace = tmp_path / "demonstration"
    workspace.mkdir()
    build(workspace)
    red = gate.run(workspace, paths="migrations", fail_on="warning")
    assert (red.exit_code, red.outputs["findings"]) == (1, str(len(EXPECTED)))
    git("apply", red.outputs["patch-file"], at=workspace)
    green = gate.run(workspace, paths="migrations", fail_on="warning")
    assert (green.exit_code, green.outputs["findings"], green.outputs["patch-file"]) == (0, "0", "")


def test_a_clean_pull_request(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__good.sql": GOOD})
    outcome = gate.run(hub.checked_out())
    assert outcome.exit_code == 0
    assert outcome.outputs["findings"] == "0"
    assert outcome.outputs["patch-file"] == ""
    assert outcome.annotations == []
    assert "1 checked, 2 folded" in outcome.log
    assert outcome.summary.startswith("## dblint passed: no findings")


def test_a_suppressed_finding(hub: Hub, gate: Gate) -> None:
    hub.change(
        {"V3__allowed.sql": "-- dblint: allow column-drop: nobody reads it\nALTER TABLE orders DROP COLUMN note;\n"}
    )
    outcome = gate.run(hub.checked_out())
    assert outcome.exit_code == 0
    assert outcome.outputs["findings"] == "0"
    assert "1 allowed by comments" in outcome.summary


def test_an_edit_of_an_applied_migration(hub: Hub, gate: Gate) -> None:
    hub.change({"V1__orders.sql": OLD["V1__orders.sql"].replace("int", "bigint")})
    outcome = gate.run(hub.checked_out())
    assert outcome.exit_code == 1
    (annotation,) = outcome.annotations
    assert "title=dblint%3A edited-migration" in annotation
    assert f"file={MIGRATIONS}/V1__orders.sql" in annotation


def test_no_migrations_changed(hub: Hub, gate: Gate) -> None:
    commit({"README": "x\n"}, hub.origin)
    outcome = gate.run(hub.checked_out())
    assert outcome.exit_code == 0
    assert outcome.outputs["findings"] == "0"
    assert "no migration is new" in outcome.log


def test_a_shallow_clone(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": BAD})
    outcome = gate.run(hub.checked_out("--depth", "1"))
    assert outcome.exit_code == 1
    assert outcome.outputs["findings"] == "2"
    assert "2 folded" in outcome.log


def test_a_shallow_clone_that_cannot_be_deepened(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": BAD})
    workspace = hub.checked_out("--depth", "1")
    git("remote", "set-url", "origin", "file:///nowhere", at=workspace)
    outcome = gate.run(workspace)
    assert outcome.exit_code == 2
    assert outcome.outputs["exit-code"] == "2"
    assert outcome.outputs["findings"] == ""
    assert "fetch-depth: 0" in outcome.log
    assert any("could not do its work" in annotation for annotation in outcome.annotations)
    assert outcome.summary.startswith("## dblint could not do its work\n\n    dblint: error: ")


@pytest.mark.parametrize("name", ["services/my shop/db migrations", "$(touch pwned) `x`/'q\" ; && é"])
def test_names_that_shells_trip_over(tmp_path: Path, gate: Gate, name: str) -> None:
    hub = Hub(tmp_path, name)
    hub.change({"V3__bad.sql": BAD})
    workspace = hub.checked_out()
    outcome = gate.run(workspace, paths=name)
    assert outcome.exit_code == 1
    assert outcome.outputs["findings"] == "2"
    assert not list(workspace.glob("**/pwned"))


def test_names_cannot_speak_to_the_runner(hub: Hub, gate: Gate) -> None:
    hub.change(
        {"V3__a.sql": 'CREATE INDEX "x\n::warning::fake" ON orders (total);\n', "x\n::error::fake.sql": "SELECT 1;\n"}
    )
    outcome = gate.run(hub.checked_out())
    assert not any("fake" in line and not line.startswith("::error file=") for line in outcome.annotations)


# --- inputs ---


def test_several_paths_below_a_working_directory(tmp_path: Path, gate: Gate) -> None:
    hub = Hub(tmp_path, "shop/db/a")
    hub.change({"V3__bad.sql": BAD, "../b/V1__x.sql": GOOD, "../../dblint.toml": 'ignore = ["column-drop"]\n'})
    outcome = gate.run(hub.checked_out(), paths="db/a\n\ndb/b\n", working_directory="shop")
    assert outcome.outputs["findings"] == "1"
    assert outcome.annotations[0].startswith("::error file=shop/db/a/V3__bad.sql,line=3,")
    sarif = Path(outcome.outputs["sarif-file"]).read_text(encoding="utf-8")
    assert '"uri": "shop/db/a/V3__bad.sql"' in sarif


def test_the_configuration(hub: Hub, gate: Gate) -> None:
    hub.change(
        {
            "V3__bad.sql": BAD,
            "../../ci/gate.toml": '[severity]\ncolumn-drop = "warning"\nblocking-index-build = "info"\n',
        }
    )
    workspace = hub.checked_out()
    outcome = gate.run(workspace, config="ci/gate.toml")
    assert (outcome.exit_code, outcome.outputs["findings"]) == (0, "2")
    assert [line.split()[0] for line in outcome.annotations] == ["::warning", "::notice"]
    assert gate.run(workspace, config="ci/gate.toml", fail_on="info").exit_code == 1
    assert gate.run(workspace, fail_on="never").exit_code == 0


def test_another_base(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": BAD})
    git("branch", "release", at=hub.origin)
    hub.change({"V4__good.sql": GOOD})
    workspace = hub.checked_out()
    assert gate.run(workspace, base="main").exit_code == 1
    given = {"paths": MIGRATIONS, "base": "release"}
    temporary = gate.folder / "temporary base"
    temporary.mkdir()
    outcome = gate.action.run(workspace, temporary, given=given, clock=time.perf_counter)
    assert outcome.exit_code == 0


@pytest.mark.parametrize(("base", "findings"), [("main", "3"), ("origin/main", "3"), ("release", "0")])
def test_the_base_branch_itself_is_checked_whole(hub: Hub, gate: Gate, base: str, findings: str) -> None:
    """An upload for main that held only what is new would close the alerts of all else."""
    hub.change({"V3__bad.sql": BAD})
    git("branch", "release", at=hub.origin)
    temporary = gate.folder / "temporary push"
    temporary.mkdir()
    outcome = gate.action.run(
        hub.checked_out(),
        temporary,
        given={"paths": MIGRATIONS, "base": base, "upload-sarif": "true"},
        github={"event_name": "push"},
        environment={"GITHUB_REF_NAME": "main", "GITHUB_EVENT_NAME": "push"},
        clock=time.perf_counter,
    )
    assert outcome.outputs["findings"] == findings
    ((_, uploaded),) = outcome.used.items()
    results = json.loads(Path(uploaded["sarif_file"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert len(results) == int(findings)


def test_a_quiet_run(hub: Hub, gate: Gate) -> None:
    """Neither annotations nor a summary; the log still has each finding, and obeys none."""
    hub.change({"V3__bad.sql": BAD, "V4__x.sql": 'CREATE INDEX "x\n::warning::fake" ON orders (total);\n'})
    outcome = gate.run(hub.checked_out(), annotations="false", summary="false")
    assert (outcome.exit_code, outcome.annotations, outcome.summary) == (1, [], "")
    assert f"{MIGRATIONS}/V3__bad.sql:3:1: error: " in outcome.log
    assert Path(outcome.outputs["summary-file"]).read_text(encoding="utf-8").startswith("## dblint failed")


def test_a_merge_queue(hub: Hub, gate: Gate) -> None:
    base = git("rev-parse", "main", at=hub.origin)
    hub.change({"V3__bad.sql": BAD})
    temporary = gate.folder / "temporary queue"
    temporary.mkdir()
    outcome = gate.action.run(
        hub.checked_out(),
        temporary,
        given={"paths": MIGRATIONS},
        github={"event_name": "merge_group", "event": {"merge_group": {"base_sha": base}}},
        clock=time.perf_counter,
    )
    assert outcome.outputs["findings"] == "2"


def test_upload_is_asked_for_and_never_decides(hub: Hub, gate: Gate) -> None:
    hub.change({"V3__bad.sql": BAD})
    workspace = hub.checked_out()
    outcome = gate.run(workspace, upload_sarif="true", category="shop")
    ((name, given),) = outcome.used.items()
    assert name.startswith(f"{UPLOAD}@")
    assert given == {"sarif_file": outcome.outputs["sarif-file"], "category": "shop"}
    assert outcome.exit_code == 1
    assert gate.run(workspace, upload_sarif="true", paths="nowhere").used == {}


def test_one_comment_for_all_pushes(hub: Hub, gate: Gate, tmp_path: Path) -> None:
    hub.change({"V3__bad.sql": BAD})
    workspace = hub.checked_out()
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7, "head": {"repo": {"full_name": "o/r"}}}}))
    with comments() as server:
        environment = {
            "GITHUB_API_URL": server.address,
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_EVENT_PATH": str(event),
        }
        first = gate.run(workspace, comment="true", category="shop", environment=environment)
        commit({f"{MIGRATIONS}/V3__bad.sql": GOOD}, workspace)
        second = gate.run(workspace, comment="true", category="shop", environment=environment)
        assert (first.exit_code, second.exit_code) == (1, 0)
        assert [each["body"] for each in server.comments] == [f"<!-- dblint: shop -->\n{second.summary}"]
        server.requests.clear()
        gate.run(workspace, environment=environment)
        gate.run(workspace, comment="true", event="push", base="", environment=environment)
        assert server.requests == []


def test_the_time_of_its_own_steps(hub: Hub, gate: Gate, installed: Mapping[str, str]) -> None:
    hub.change({"V3__good.sql": GOOD})
    outcome = gate.run(hub.checked_out())
    assert outcome.seconds["check"] < 60
    assert float(installed["seconds"]) < 600


# --- the file itself ---


def test_steps_are_as_they_should_be() -> None:
    document = yaml.safe_load(ACTION.read_text(encoding="utf-8"))
    for each in document["inputs"].values():
        assert each["description"]
        assert each["required"] is False
        assert isinstance(each["default"], str)
    assert all(each["description"] and each["value"] for each in document["outputs"].values())
    for step in document["runs"]["steps"]:
        assert "${{" not in step.get("run", "")
        assert "GITHUB_ENV" not in step.get("run", "")
        if "uses" in step:
            assert len(step["uses"].partition("@")[2]) == 40


def test_its_schema() -> None:
    check = Path(sys.executable).with_name("check-jsonschema")
    subprocess.run([check, "--builtin-schema", "vendor.github-actions", ACTION], check=True, capture_output=True)


def test_zizmor_has_nothing_to_say() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--persona", "pedantic", "--format", "plain", ACTION],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_what_the_harness_makes_of_expressions() -> None:
    contexts = {"inputs": {"upload-sarif": "true"}, "steps": {"a": {"outputs": {"x-y": "1"}}}}
    assert value(
        "inputs.upload-sarif == 'true' && (steps.a.outputs.x-y == '0' || steps.a.outputs.x-y == '1')", contexts
    )
    assert not value("inputs.upload-sarif != 'true' || !steps.a.outputs.x-y", contexts)
    assert value("github.event.merge_group.base_sha", contexts) == ""
    with pytest.raises(ValueError, match="not understood"):
        value("inputs.x + 1", contexts)
