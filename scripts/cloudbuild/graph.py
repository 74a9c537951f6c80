"""Which steps wait for which: the `waitFor` fields of a build as a graph.

Rules of Cloud Build: a step without `waitFor` starts when all steps before it have
ended well; `waitFor: ["-"]` starts at once; any other name is the id of a step that
stands before. Source: "Configuring the order of build steps" in Google's
documentation, and the validation in GoogleCloudPlatform/cloud-build-local.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

START = "-"


@dataclass(frozen=True)
class Waiting:
    """The part of a step that says when it starts.

    Attributes:
        id: Its id; empty for none.
        wait_for: Ids of other steps, or `-`; empty for all before.
    """

    id: str = ""
    wait_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class GraphFault:
    """A `waitFor` or an id that Cloud Build would refuse.

    Attributes:
        step: Index of the step.
        field: `id` or `waitFor`.
        item: Index in `waitFor`; None for the field as a whole.
        message: What is wrong.
        fix: What to write instead.
    """

    step: int
    field: str
    item: int | None
    message: str
    fix: str


@dataclass(frozen=True)
class Graph:
    """The order of a build's steps.

    Attributes:
        before: For each step, the steps that have to end well before it starts.
    """

    before: tuple[frozenset[int], ...]

    @classmethod
    def of(cls, steps: Iterable[Waiting]) -> Graph:
        """The graph of steps without faults; names that are none are left out."""
        found = list(steps)
        return cls(tuple(_before(found, index) for index in range(len(found))))

    def ready(self, done: Collection[int], started: Collection[int]) -> tuple[int, ...]:
        """The steps that may start now, in the order of the file.

        Args:
            done: Steps that ended well, or whose failure is allowed.
            started: Steps that have been started, ended or not.
        """
        ended = frozenset(done)
        return tuple(
            index
            for index, before in enumerate(self.before)
            if index not in started and before <= ended
        )

    def together(self) -> tuple[tuple[int, ...], ...]:
        """The steps in waves: all of a wave could run at the same time."""
        waves: list[tuple[int, ...]] = []
        done: set[int] = set()
        while len(done) < len(self.before):
            wave = self.ready(done, done)
            waves.append(wave)
            done.update(wave)
        return tuple(waves)


def faults(steps: Iterable[Waiting]) -> list[GraphFault]:
    """Everything about ids and `waitFor` that Cloud Build would refuse."""
    found = list(steps)
    return [*_id_faults(found), *_wait_faults(found)]


def _before(steps: Sequence[Waiting], index: int) -> frozenset[int]:
    names = steps[index].wait_for
    if not names:
        return frozenset(range(index))
    places = {step.id: place for place, step in enumerate(steps[:index]) if step.id}
    return frozenset(places[name] for name in names if name in places)


def _id_faults(steps: Sequence[Waiting]) -> list[GraphFault]:
    found: list[GraphFault] = []
    first: dict[str, int] = {}
    for index, step in enumerate(steps):
        if step.id == START:
            message = f"the id {START!r} is reserved: in waitFor it means the start"
            found.append(GraphFault(index, "id", None, message, "give it a name"))
        elif step.id and step.id in first:
            message = f"the id {step.id!r} is taken by step #{first[step.id]}"
            found.append(GraphFault(index, "id", None, message, "give it its own id"))
        first.setdefault(step.id, index)
    return found


def _wait_faults(steps: Sequence[Waiting]) -> list[GraphFault]:
    places: dict[str, int] = {}
    for index, step in enumerate(steps):
        places.setdefault(step.id, index)
    return [
        GraphFault(index, "waitFor", item, *_verdict(steps, places, index, name))
        for index, step in enumerate(steps)
        for item, name in enumerate(step.wait_for)
        if name != START and not (name and places.get(name, index) < index)
    ]


def _verdict(
    steps: Sequence[Waiting], places: dict[str, int], index: int, name: str
) -> tuple[str, str]:
    """What is wrong with a name that no step before `index` bears, and the fix."""
    if not name or name not in places:
        earlier = ", ".join(step.id for step in steps[:index] if step.id) or "none"
        return (
            f"waitFor names {name!r}, and no step has that id",
            f"ids of the steps before: {earlier}",
        )
    ring = _ring(steps, places, index, places[name])
    if ring:
        path = " → ".join(steps[place].id or f"#{place}" for place in ring)
        return f"steps wait for each other: {path}", "take one waitFor out"
    return (
        f"waitFor names {name!r}, which stands after this step",
        f"move the step {name!r} up: Cloud Build knows only steps that stand before",
    )


def _ring(
    steps: Sequence[Waiting], places: dict[str, int], start: int, onward: int
) -> list[int]:
    """The way from `onward` back to `start`, with both ends; empty without one."""
    paths, seen = [[start, onward]], {onward}
    while paths:
        path = paths.pop(0)
        if path[-1] == start:
            return path
        names = steps[path[-1]].wait_for
        nexts = (
            [places[name] for name in names if name in places]
            if names
            else list(range(path[-1]))
        )
        for place in nexts:
            if place == start or place not in seen:
                seen.add(place)
                paths.append([*path, place])
    return []
