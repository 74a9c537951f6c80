"""Which stack and which Python: the newest that this machine can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bootstrapping.console import USAGE, SetUpError
from bootstrapping.interpreters import Interpreter, choose
from tidegate.stack import (
    STACKS,
    Machine,
    Stack,
    by_name,
    dotted,
    obstacles,
)


@dataclass(frozen=True)
class Choice:
    """A stack, and the Python to make its environment with.

    Attributes:
        stack: The stack.
        python: None where only a Python managed by uv can serve.
    """

    stack: Stack
    python: Interpreter | None


def wanted(name: str | None) -> tuple[Stack, ...]:
    """The stacks to consider: all, newest first, or the one that was named.

    Raises:
        SetUpError: There is no stack of that name.
    """
    if not name:
        return STACKS
    stack = by_name(name)
    if stack is None:
        names = ", ".join(stack.name for stack in STACKS)
        raise SetUpError(f"no stack is called {name!r}", (f"there are {names}",), USAGE)
    return (stack,)


def possible(stacks: Sequence[Stack], machine: Machine) -> tuple[Stack, ...]:
    """The stacks that have wheels for this machine.

    Raises:
        SetUpError: None has.
    """
    fitting = tuple(stack for stack in stacks if not obstacles(stack, machine))
    if fitting:
        return fitting
    lines = [line for stack in stacks for line in obstacles(stack, machine)]
    raise SetUpError(
        "this machine can run no stack that was asked for",
        (*lines, *_ways_out(stacks)),
    )


def pick(stacks: Sequence[Stack], pythons: list[Interpreter]) -> Choice:
    """The newest stack with a Python here; else the newest, without one."""
    for stack in stacks:
        python = choose(pythons, stack.pythons)
        if python:
            return Choice(stack, python)
    return Choice(stacks[0], None)


def no_python(
    stacks: Sequence[Stack], machine: Machine, pythons: list[Interpreter], got: str
) -> SetUpError:
    """What to say where no Python fits and uv could bring none."""
    seen = ", ".join(f"{dotted(p.version)} ({p.path})" for p in pythons) or "none"
    needs = [
        f"{stack.name} runs on Python {' or '.join(map(dotted, stack.pythons))}"
        for stack in stacks
    ]
    version = dotted(stacks[0].pythons[0])
    install = (
        f"brew install python@{version}"
        if machine.system == "Darwin"
        else f"apt-get install python{version} python{version}-venv"
        f" python{version}-dev (or: pyenv install {version})"
    )
    return SetUpError(
        "no Python here can run TFX",
        (
            *needs,
            f"found on PATH and among pyenv's versions: {seen}",
            f"uv's managed Pythons: {got}",
            f"fix: {install}",
        ),
    )


def _ways_out(stacks: Sequence[Stack]) -> tuple[str, ...]:
    if len(stacks) > 1:
        return (
            "fix: use Linux on x86_64 (glibc 2.39 or newer for the newest stack:"
            " Debian 13, Ubuntu 24.04, Fedora 40), or macOS on Apple silicon",
        )
    return (
        f"fix: `make test-stack STACK={stacks[0].name}` runs the tests in a Debian 13"
        " root, or leave the stack to be chosen",
    )
