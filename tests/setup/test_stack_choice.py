"""Set-up takes the newest stack that the machine can run."""

from __future__ import annotations

from pathlib import Path

import pytest

from bootstrapping import choice, interpreters
from bootstrapping.console import SetUpError
from bootstrapping.interpreters import Interpreter
from tidegate import stack
from tidegate.stack import TFX_116, TFX_121, Machine

OLD_LINUX = Machine("Linux", "x86_64", (2, 36))
NEW_LINUX = Machine("Linux", "x86_64", (2, 41))


def python(major: int, minor: int, headers: bool = True) -> Interpreter:
    return Interpreter(f"/opt/python{major}.{minor}", (major, minor), headers)


@pytest.mark.parametrize(
    ("machine", "names"),
    [
        (NEW_LINUX, ["tfx-1.21", "tfx-1.16"]),
        (Machine("Linux", "x86_64", (2, 39)), ["tfx-1.21", "tfx-1.16"]),
        (Machine("Linux", "x86_64", (2, 38)), ["tfx-1.16"]),
        (OLD_LINUX, ["tfx-1.16"]),
        (Machine("Darwin", "arm64"), ["tfx-1.21"]),
        (Machine("Darwin", "x86_64"), []),
        (Machine("Linux", "aarch64", (2, 41)), []),
        (Machine("Linux", "x86_64"), []),
        (Machine("Windows", "AMD64"), []),
    ],
)
def test_stacks_of_a_machine(machine: Machine, names: list[str]) -> None:
    fitting = [s.name for s in stack.STACKS if not stack.obstacles(s, machine)]
    assert fitting == names


def test_newest_stack_and_python_are_picked() -> None:
    chosen = choice.pick(stack.STACKS, [python(3, 10), python(3, 12), python(3, 13)])
    assert chosen.stack is TFX_121
    assert chosen.python == python(3, 13)


def test_older_stack_is_picked_where_its_python_is_the_only_one() -> None:
    chosen = choice.pick(stack.STACKS, [python(3, 9), python(3, 10)])
    assert chosen == choice.Choice(TFX_116, python(3, 10))


def test_python_with_headers_is_preferred() -> None:
    bare = Interpreter("/usr/bin/python3.10", (3, 10), False)
    assert interpreters.choose([bare, python(3, 10)], ((3, 10),)) == python(3, 10)


def test_without_a_fitting_python_uv_is_to_bring_the_newest() -> None:
    assert choice.pick(stack.STACKS, [python(3, 9)]) == choice.Choice(TFX_121, None)


def test_impossible_machine_is_told_why_and_what_to_do() -> None:
    with pytest.raises(SetUpError) as caught:
        choice.possible((TFX_121,), OLD_LINUX)
    assert caught.value.code == 4
    text = " ".join(caught.value.lines)
    assert "needs glibc 2.39 or newer; this machine has 2.36" in text
    assert "make test-stack STACK=tfx-1.21" in text


def test_unknown_stack_is_a_usage_error() -> None:
    with pytest.raises(SetUpError) as caught:
        choice.wanted("tfx-2")
    assert caught.value.code == 2
    assert "tfx-1.16" in caught.value.lines[0]


def test_no_python_names_what_was_found_and_how_to_get_one() -> None:
    error = choice.no_python((TFX_116,), OLD_LINUX, [python(3, 9)], "no answer")
    text = " ".join(error.lines)
    assert "3.9 (/opt/python3.9)" in text
    assert "apt-get install python3.10" in text


def test_executables_that_do_not_run_are_skipped(tmp_path: Path) -> None:
    shim = tmp_path / "python3.13"
    shim.write_text("#!/bin/sh\necho 'not switched on' >&2\nexit 127\n")
    shim.chmod(0o755)
    (tmp_path / "python3.12").write_text("no program")
    assert interpreters.find({"PATH": str(tmp_path), "HOME": str(tmp_path)}) == []


def test_pythons_of_pyenv_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "versions" / "3.10.1" / "bin"
    folder.mkdir(parents=True)
    program = folder / "python3"
    program.write_text("#!/bin/sh\necho 3 10 cpython True False $0\n")
    program.chmod(0o755)
    found = interpreters.find({"PATH": "", "PYENV_ROOT": str(tmp_path)})
    assert found == [Interpreter(str(program), (3, 10), False)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("2.39", (2, 39)), ("2.41-12+deb13u4", (2, 41, 12)), ("", ()), ("x", ())],
)
def test_version_is_parsed(text: str, numbers: tuple[int, ...]) -> None:
    assert stack.parsed(text)[:2] == numbers[:2]
