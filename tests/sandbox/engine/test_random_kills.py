"""Twelve operations killed at random moments; `python -m tests.sandbox.engine.random_kills` does two hundred."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.engine.random_kills import STORIES, Story, done_twice, kill_and_repeat, prepared

RUNS = 12
NAMES = list(STORIES)


@pytest.fixture(scope="module", params=NAMES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Story:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kong_secure.sandbox.engine.encryption._ROUNDS", 1000)
        return prepared(request.param, tmp_path_factory.mktemp("story"))


@pytest.mark.parametrize("turn", range(-(-RUNS // len(NAMES))))
def test_an_operation_killed_at_any_moment_loses_nothing_and_is_completed_by_the_next_run(
    story: Story, turn: int, tmp_path: Path
) -> None:
    kill_and_repeat(story, turn * len(NAMES) + NAMES.index(story.name), tmp_path / "killed")


@pytest.mark.parametrize(
    ("name", "recorded", "again"),
    [("up", {"a": "red"}, "create a"), ("update", {"a": "blue"}, "update a"), ("destroy", {}, "delete a")],
)
def test_a_recorded_step_that_is_done_again_is_noticed(
    name: str, recorded: dict[str, object], again: str
) -> None:
    assert again in done_twice(name, recorded, [again, again])
