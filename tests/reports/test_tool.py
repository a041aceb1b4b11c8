"""What reports say of dblint itself: the home page of the copy that runs."""

import json
from pathlib import Path
from typing import Any

import pytest

from dblint.reports.tool import INDEX, Tool, cloned, installed, repository


@pytest.mark.parametrize(
    ("origin", "home"),
    [
        ({"url": "https://git.example/o/dblint.git", "vcs_info": {"vcs": "git"}}, "https://git.example/o/dblint"),
        ({"url": "https://user:key@git.example/o/dblint", "vcs_info": {"vcs": "git"}}, ""),
        ({"url": "ssh://git.example/o/dblint", "vcs_info": {"vcs": "git"}}, ""),
        ({"url": "file:///src/dblint", "dir_info": {}}, ""),
        ({}, ""),
    ],
)
def test_the_home_page_is_where_it_came_from(origin: dict[str, Any], home: str) -> None:
    assert repository(json.dumps(origin)) == home


@pytest.mark.parametrize(
    ("settings", "home"),
    [
        ('[remote "origin"]\n\turl = https://git.example/o/dblint.git\n', "https://git.example/o/dblint"),
        (
            '[core]\n\tbare = false\n[remote "old"]\n\turl = https://a.example/x\n'
            '[remote "origin"]\n\tfetch = +refs/heads/*:x\n\turl = https://b.example/y\n[branch "main"]\n',
            "https://b.example/y",
        ),
        ('[remote "origin"]\n\tfetch = x\n[remote "b"]\n\turl = https://a.example/x\n', ""),
        ('[remote "origin"]\n\turl = https://user:key@git.example/o/dblint\n', ""),
        ('[remote "origin"]\n\turl = /srv/git/dblint\n', ""),
        (None, ""),
    ],
)
def test_or_the_repository_that_the_folder_is_a_clone_of(tmp_path: Path, settings: str | None, home: str) -> None:
    folder = tmp_path / "a clone 100%"
    (folder / ".git").mkdir(parents=True)
    if settings is not None:
        (folder / ".git" / "config").write_text(settings)
    assert cloned(folder) == home
    assert repository(json.dumps({"url": folder.as_uri(), "dir_info": {}})) == home


def test_there_is_always_a_home_page() -> None:
    assert installed().home.startswith("https://")
    assert Tool("1.2.3").home == INDEX
