"""Which step comes after which, through groups of steps too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tidegate.runners.kubeflow.planning.steps import Step


class Graph:
    """The order of the steps of one compiled spec.

    Args:
        steps: By their paths.
    """

    def __init__(self, steps: Mapping[str, Step]) -> None:
        self._steps = steps
        self._before: dict[str, set[str]] = {path: set() for path in steps}
        self._after: dict[str, set[str]] = {path: set() for path in steps}
        for path, step in steps.items():
            prefix = f"{step.group}/" if step.group else ""
            for task in step.producers():
                if f"{prefix}{task}" in steps:
                    self._before[path].add(f"{prefix}{task}")
                    self._after[f"{prefix}{task}"].add(path)

    def in_order(self) -> list[str]:
        """All paths, each one after what it waits for; a cycle as it comes."""
        done: dict[str, None] = {}
        waiting = sorted(self._steps)
        while waiting:
            ready = [p for p in waiting if self._waits_for(p) <= done.keys()]
            for path in ready or waiting:
                done[path] = None
            waiting = [path for path in waiting if path not in done]
        return list(done)

    def after(self, paths: Iterable[str]) -> set[str]:
        """These steps and all that come after them."""
        seen: set[str] = set()
        waiting = [path for path in paths if path in self._steps]
        while waiting:
            path = waiting.pop()
            if path in seen:
                continue
            seen.add(path)
            waiting += self._after[path]
            # What a step inside a group changes, the group hands on.
            group = self._steps[path].group
            while group in self._steps:
                waiting += self._after[group]
                group = self._steps[group].group
            waiting += self._inside(path)
        return seen

    def before(self, path: str) -> set[str]:
        """All steps that a step waits for, and those that its groups wait for."""
        seen: set[str] = set()
        waiting = [path]
        while waiting:
            here = waiting.pop()
            group = self._steps[here].group
            if group in self._steps:  # Not before it, but what is before that is.
                waiting.append(group)
            for one in self._before[here] - seen:
                inner = self._inside(one)
                seen |= {one, *inner}
                waiting += [one, *inner]
        return seen - {path}

    def gates(self, path: str) -> set[str]:
        """Paths of the gates that a step runs behind."""
        return {one for one in self.before(path) if self._steps[one].is_gate}

    def _waits_for(self, path: str) -> set[str]:
        group = self._steps[path].group
        return self._before[path] | ({group} if group in self._steps else set())

    def _inside(self, path: str) -> list[str]:
        return [one for one in self._steps if one.startswith(f"{path}/")]
