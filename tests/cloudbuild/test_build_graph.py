"""The order of steps, for all graphs that there are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbuild.graph import START, Graph, Waiting, faults


@st.composite
def builds(draw: st.DrawFn) -> list[Waiting]:
    """Steps whose waitFor names steps before, or the start, or nothing."""
    count = draw(st.integers(1, 12))
    steps = []
    for index in range(count):
        names = [f"s{i}" for i in range(index)] + [START]
        wait_for = draw(st.lists(st.sampled_from(names), max_size=4))
        steps.append(Waiting(f"s{index}", tuple(wait_for)))
    return steps


@given(builds(), st.randoms(use_true_random=False))
def test_every_step_runs_once_and_never_before_what_it_waits_for(
    steps: list[Waiting], random: object
) -> None:
    graph = Graph.of(steps)
    done: set[int] = set()
    started: set[int] = set()
    while len(done) < len(steps):
        for index in graph.ready(done, started):
            names = steps[index].wait_for
            wanted = (
                {i for i, step in enumerate(steps) if step.id in names}
                if names
                else set(range(index))
            )
            assert wanted <= done
            assert index not in started
            started.add(index)
        running = sorted(started - done)
        assert running  # Nothing waits for ever.
        done.add(random.choice(running))  # type: ignore[attr-defined]
    assert started == set(range(len(steps)))


@given(builds())
def test_graphs_that_name_only_earlier_steps_have_no_faults(
    steps: list[Waiting],
) -> None:
    assert faults(steps) == []
    waves = Graph.of(steps).together()
    assert sorted(i for wave in waves for i in wave) == list(range(len(steps)))


@given(st.integers(1, 20))
def test_steps_without_wait_for_run_in_a_row(count: int) -> None:
    waves = Graph.of([Waiting()] * count).together()
    assert waves == tuple((index,) for index in range(count))


def test_a_dash_starts_at_once_and_the_next_waits_for_all() -> None:
    steps = [Waiting("a"), Waiting("b", (START,)), Waiting("c")]
    assert Graph.of(steps).together() == ((0, 1), (2,))


def test_a_dash_beside_a_name_says_nothing_more() -> None:
    steps = [Waiting("a"), Waiting("b", (START,)), Waiting("c", (START, "a"))]
    assert Graph.of(steps).before[2] == {0}


@pytest.mark.parametrize(
    ("steps", "at", "words"),
    [
        ([Waiting("a", ("b",))], (0, "waitFor", 0), "no step has that id"),
        ([Waiting("a", ("a",))], (0, "waitFor", 0), "wait for each other: a → a"),
        (
            [Waiting("a", ("c",)), Waiting("b", ("a",)), Waiting("c", ("b",))],
            (0, "waitFor", 0),
            "wait for each other: a → c → b → a",
        ),
        (
            [Waiting("a", ("b",)), Waiting("b", (START,))],
            (0, "waitFor", 0),
            "stands after this step",
        ),
        ([Waiting("a"), Waiting("a")], (1, "id", None), "taken by step #0"),
        ([Waiting(START)], (0, "id", None), "reserved"),
        ([Waiting("a", ("",))], (0, "waitFor", 0), "no step has that id"),
        # One that waits for all before it is part of a circle as well.
        ([Waiting("a", ("b",)), Waiting("b")], (0, "waitFor", 0), "a → b → a"),
    ],
)
def test_what_cloud_build_would_refuse_is_told_with_its_place(
    steps: list[Waiting], at: tuple[int, str, int | None], words: str
) -> None:
    found = faults(steps)
    assert [(f.step, f.field, f.item) for f in found] == [at]
    assert words in found[0].message
    assert found[0].fix
