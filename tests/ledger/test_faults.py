"""Kill -9 leaves the old champion or the new one, and the next command heals."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.ledger.killing import Action, Trial, ended, forked, polling, reached_by

from tidegate.champion.champion import newest_version
from tidegate.errors import InfrastructureError
from tidegate.ledger import points
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.staging import staged

KINDS: dict[str, Callable[[Trial], Action]] = {
    "push": Trial.push,
    "promote": Trial.promote,
    "rollback": Trial.rollback,
}
NAMED = [
    *(("push", point) for point in points.PUSH if point != "push.signed"),
    *((kind, point) for kind in ("promote", "rollback") for point in points.MOVE),
]


@pytest.mark.parametrize(("kind", "point"), NAMED)
def test_a_kill_at_any_point_leaves_the_old_or_the_new_champion(
    kind: str, point: str, tmp_path: Path
) -> None:
    trial = Trial(tmp_path)
    action = KINDS[kind](trial)
    # Each heals first, and what servers read is then looked at, too.
    nth = 2 if point.startswith("pointer.") else 1
    with polling(trial.pushed) as seen:
        child = forked(action, at=point, nth=nth)
        assert ended(child) == -signal.SIGKILL
    new = trial.demand(seen)
    recorded = {"push": "push.recorded"}.get(kind, "move.recorded")
    order = points.PUSH if kind == "push" else points.MOVE
    assert new == (order.index(point) >= order.index(recorded))
    trial.demand_healed()
    trial.remember()
    trial.push()()
    assert trial.demand()


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_at_any_moment_leaves_the_old_or_the_new_champion(
    kind: str, tmp_path: Path
) -> None:
    dice, trial = random.Random(8), Trial(tmp_path)
    for _ in range(8):
        action = KINDS[kind](trial)
        with polling(trial.pushed) as seen:
            ended(forked(action), after=dice.uniform(0, 0.05))
        trial.demand(seen)
        trial.demand_healed()
        trial.remember()


def test_the_named_points_are_all_there_are(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    told = reached_by(trial.push())
    told = list(dict.fromkeys(told[told.index("push.begun") :]))
    assert told == [name for name in points.PUSH if name != "push.signed"]
    for action in (trial.promote(), trial.rollback()):
        told = reached_by(action)
        told = told[told.index("move.begun") :]
        assert tuple(dict.fromkeys(told)) == points.MOVE


def test_killed_pushes_do_not_hinder_others_at_once(tmp_path: Path) -> None:
    dice, trial = random.Random(9), Trial(tmp_path, versions=1)
    for _ in range(2):
        actions = [trial.push() for _ in range(6)]
        children = [forked(action) for action in actions]
        for child in children[:2]:
            ended(child, after=dice.uniform(0, 0.05))
        assert [ended(child) for child in children[2:]] == [0] * 4
        trial.demand()
        trial.demand_healed()
        trial.remember()
    assert len(Ledger(trial.pushed).state().versions) >= 9


def test_a_disk_without_room_publishes_nothing(tmp_path: Path) -> None:
    trial = Trial(tmp_path, size=400_000)
    for limit in (0, 500, 2000, 300_000):
        action = trial.push()

        def hindered(action: Action = action, limit: int = limit) -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            with pytest.raises(InfrastructureError):
                action()

        with polling(trial.pushed) as seen:
            assert ended(forked(hindered)) == 0
        assert not trial.demand(seen)
        assert not list(trial.pushed.glob(".staging-*"))
        trial.demand_healed()


def test_a_champion_that_is_missing_is_healed(tmp_path: Path) -> None:
    trial = Trial(tmp_path)
    state = Ledger(trial.pushed).state()
    shutil.rmtree(trial.pushed / str(state.champion))
    found = newest_version(str(trial.pushed))
    assert found is not None
    assert found.number == state.former[-1]
    assert "is the champion again" in heal(trial.pushed)[0]
    assert Ledger(trial.pushed).state().champion == state.former[-1]


def test_the_staging_of_a_killed_push_is_known_to_be_dead(tmp_path: Path) -> None:
    def stop() -> None:
        with staged(tmp_path):
            os.kill(os.getpid(), signal.SIGKILL)

    assert ended(forked(stop)) == -signal.SIGKILL
    assert len(list(tmp_path.glob(".staging-*"))) == 2
    assert len(heal(tmp_path)) == 1
    assert not list(tmp_path.iterdir())
