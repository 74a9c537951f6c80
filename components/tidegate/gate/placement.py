"""Refuses a pipeline in which tested input is used without a gate before it.

Four rules, for every test component in a pipeline:

1. A gate reads its report; a report that nothing reads stops nothing.
2. Whatever else consumes what it tests stands downstream of such a gate.
3. If the bad rows leave into quarantine, it consumes those that were accepted,
   and not what was tested, in which the bad rows still are.
4. Only the evidence is exempt: the nodes that the tests themselves wait for,
   such as StatisticsGen, what other tests of the same input wait for, and test
   components. What is in quarantine is for people, and free.

The check runs when a pipeline is compiled, on whichever runner: the executor
spec of a test component asks for it (see `GuardedExecutorSpec`). It knows
nothing of particular components, only of nodes, channels, and what a component's
class says: `TESTS`, the input that it tests, and `ACCEPTED`, the output with what
is good of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from tfx.dsl.components.base import base_executor, executor_spec

from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.gate.component import Gate


class _Guarded:
    """An executor spec that checks the place of its node when it is compiled.

    TFX's compilers ask each node's executor spec for its class or its proto.
    By then the pipeline has linked its nodes, so this is the one moment that
    is common to all runners and needs no help from the user.
    """

    def __init__(self, executor_class: type[base_executor.BaseExecutor]) -> None:
        self._guarded: Any = None
        super().__init__(executor_class)  # type: ignore[call-arg]

    def guard(self, node: Any) -> None:
        """Ties the spec to the test component that it belongs to."""
        self._guarded = node

    @property
    def executor_class(self) -> type[base_executor.BaseExecutor]:
        """The executor's class, once the node's place has been checked."""
        self._check()
        return self._executor_class

    @executor_class.setter
    def executor_class(self, value: type[base_executor.BaseExecutor]) -> None:
        self._executor_class = value

    def encode(self, component_spec: Any = None) -> Any:
        """The proto for TFX's compiler, once the node's place has been checked."""
        self._check()
        return super().encode(component_spec=component_spec)  # type: ignore[misc]

    def _check(self) -> None:
        if self._guarded is not None:
            check([self._guarded])


class GuardedExecutorSpec(_Guarded, executor_spec.ExecutorClassSpec):  # type: ignore[misc]
    """Executor spec of a test component: compiling it checks its pipeline."""


class GuardedBeamExecutorSpec(_Guarded, executor_spec.BeamExecutorSpec):  # type: ignore[misc]
    """The same for a test component that runs on Beam."""


def check(nodes: Iterable[Any]) -> None:
    """Checks that every test component among `nodes` has its gate.

    Raises:
        UsageError: Some tested input is used without a gate; names the node.
    """
    errors = [error for node in nodes if tests(node) for error in _faults(node)]
    raise_all("the pipeline has nodes without a gate", errors)


def tests(node: Any) -> str | None:
    """The input that `node` tests, such as "examples"; None for other nodes."""
    subject: str | None = getattr(type(node), "TESTS", None)
    return subject


def _faults(test: Any) -> Iterator[TidegateError]:
    gates = [node for node in _linked(test, "downstream_nodes") if _reads(node, test)]
    bound = [node for node in _consumers(test) if _is_bound(node, test)]
    if not gates:
        yield UsageError(
            f"no gate reads the report of {test.id}, so bad input would go through",
            where=test.id,
            expected="a Gate that takes its report",
            got="none in this pipeline",
            fix=_advice(test, [node.id for node in bound]),
        )
        return
    behind = {id(node) for gate in gates for node in _linked(gate, "downstream_nodes")}
    raw = _tested(test) if _accepted(test) else set()
    for consumer in bound:
        if _takes(consumer, raw):
            yield _still_raw(consumer, test)
        elif id(consumer) not in behind:
            yield UsageError(
                f"{consumer.id} uses {tests(test)} that {test.id} tests, "
                "but runs without waiting for a gate",
                where=consumer.id,
                expected=f"{consumer.id} downstream of {gates[0].id}",
                got=f"{consumer.id} upstream of it or beside it",
                fix=f"add {consumer.id} to the gate: gate.before({consumer.id}, …)",
            )


def _still_raw(consumer: Any, test: Any) -> UsageError:
    output = f"{test.id}.outputs[{_accepted(test)!r}]"
    return UsageError(
        f"{consumer.id} uses {tests(test)} that {test.id} tests, "
        "with the bad rows that are to leave into quarantine",
        where=consumer.id,
        expected=f"{consumer.id} reads {output}",
        got=f"{consumer.id} reads what {test.id} reads",
        fix=f"give {consumer.id} {output} instead, behind the gate",
    )


def _accepted(test: Any) -> str | None:
    """The output of `test` with what is good of its input, if it has one."""
    key: str | None = getattr(type(test), "ACCEPTED", None)
    return key if key in test.outputs else None


def _is_bound(consumer: Any, test: Any) -> bool:
    """Whether `consumer` must wait for the verdict of `test`."""
    if consumer is test or tests(consumer):
        return False
    evidence = [
        node for one in [test, *_peers(test)] for node in _linked(one, "upstream_nodes")
    ]
    return all(consumer is not node for node in evidence)


def _peers(test: Any) -> list[Any]:
    """The other test components that test the same input."""
    return [
        node
        for node in _consumers(test)
        if node is not test and tests(node) and _tested(node) & _tested(test)
    ]


def _consumers(test: Any) -> list[Any]:
    """Every node that reads what `test` tests or accepts, in order of names."""
    sources = set(_tested(test))
    if accepted := _accepted(test):
        sources.add((test, accepted))
    found = {
        id(node): node
        for producer, _ in sources
        for node in producer.downstream_nodes
        if _takes(node, sources)
    }
    return sorted(found.values(), key=lambda node: str(node.id))


def _tested(test: Any) -> set[tuple[Any, str | None]]:
    return _origins(test.inputs[tests(test)])


def _takes(node: Any, sources: set[tuple[Any, str | None]]) -> bool:
    return any(sources & _origins(taken) for taken in node.inputs.values())


def _reads(gate: Any, test: Any) -> bool:
    reports = {(test, key) for key in test.outputs}
    return isinstance(gate, Gate) and _takes(gate, reports)


def _origins(taken: Any) -> set[tuple[Any, str | None]]:
    """(producer node, output key) of a channel, or of each part of a union."""
    parts = getattr(taken, "channels", None) or [taken]
    return {
        (part.producer_component, part.output_key)
        for part in parts
        if getattr(part, "producer_component", None) is not None
    }


def _linked(node: Any, direction: str) -> list[Any]:
    """All nodes that are reached from `node` along one direction."""
    seen: dict[int, Any] = {}
    waiting = list(getattr(node, direction))
    while waiting:
        found = waiting.pop()
        if id(found) not in seen:
            seen[id(found)] = found
            waiting.extend(getattr(found, direction))
    return list(seen.values())


def _advice(test: Any, names: list[str]) -> str:
    kind = getattr(type(test), "REPORT_KIND", "data")
    before = f".before({', '.join(names)})" if names else ""
    return f'Gate({kind}={test.id}.outputs["report"]){before}'
