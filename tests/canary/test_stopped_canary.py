"""Stopped at any point, a canary step leaves the old champion or the new one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.canary.replayed import Bench, Scaled, records, write_examples
from tests.pusher.pushed_models import write_saved_model

from tidegate.ledger import points
from tidegate.ledger.ledger import Ledger


class Stopped(BaseException):
    """The process ends here."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("tidegate.serving.predictor.Predictor", Scaled)
    # Drawing takes longer than all the rest.
    monkeypatch.setattr("tidegate.canary.work.write_page", lambda *given: None)
    return Bench(tmp_path, write_examples(tmp_path / "examples", eval=records(300)))


def pushed_beside(bench: Bench, scale: float) -> tuple[int, int]:
    """A champion that is good, and a canary."""
    found = []
    for name, becomes, weights in (("a", "champion", 1.0), ("b", "canary", scale)):
        model = write_saved_model(bench.folder / name, str(weights).encode())
        found.append(bench.push(model, becomes).version)
    return found[0], found[1]


def pointed(bench: Bench) -> int:
    """The champion that servers see."""
    pointer = json.loads((bench.pushed / "ledger" / "champion.json").read_text())
    config = (bench.pushed / "ledger" / "models.config").read_text()
    champion: int = pointer["champion"]
    assert config.count("stable") == 1
    return champion


@pytest.mark.parametrize("scale", [2.0, -1.0], ids=["good", "bad"])
@pytest.mark.parametrize("point", points.MOVE)
def test_stopped_at_any_point_it_goes_on_from_there(
    bench: Bench, point: str, scale: float
) -> None:
    old, new = pushed_beside(bench, scale)
    served = new if scale > 0 else old

    def stop(reached: str) -> None:
        # Only behind the judging: the ledger is healed before.
        if reached == point and (bench.folder / "try-1" / "report").exists():
            raise Stopped

    with points.watched(stop), pytest.raises(Stopped):
        bench.run(new)
    # There is always a champion, and what servers read is whole.
    assert Ledger(bench.pushed).state().champion in (old, new)
    assert pointed(bench) in (old, new)
    decision = bench.run(new).get_string_custom_property("decision")
    assert decision == ("promoted" if scale > 0 else "abandoned")
    state = Ledger(bench.pushed).state()
    assert (state.champion, state.canary) == (served, None)
    assert pointed(bench) == served
    # Two pushes and one decision, however often it was tried.
    assert len(Ledger(bench.pushed).events()) == 3
