"""What the README says can be typed, and is spelled as the product spells it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
import typer.main
import yaml

from tidegate.cli.main import app
from tidegate.data_tests.suite import load_suite
from tidegate.errors import ExitCode

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line for block in blocks("sh") for line in block.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z0-9-]*):", makefile, re.MULTILINE))


def test_every_make_target_exists() -> None:
    named = [words[1] for words in commands() if words[0] == "make"]
    named += re.findall(r"`make ([a-z-]+)`", README)
    assert {"demo", "test", "doctor"} <= set(named)
    assert set(named) <= make_targets()


@pytest.mark.parametrize(
    "words", [w for w in commands() if w[0] == "tidegate"], ids=" ".join
)
def test_every_tidegate_command_is_understood(words: list[str]) -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    command = group.commands[words[1]]  # type: ignore[attr-defined]
    command.make_context(words[1], list(words[2:]))


def test_only_known_tools_are_asked_for() -> None:
    assert {words[0] for words in commands()} <= {"make", "tidegate"}


def test_the_suite_shown_is_a_valid_one(tmp_path: Path) -> None:
    (shown,) = [b for b in blocks("yaml") if "tests:" in b]
    path = tmp_path / "data_tests.yaml"
    path.write_text(shown)
    suite = load_suite(path)
    assert len(suite.tests) == len(yaml.safe_load(shown)["tests"])


def test_every_exit_code_is_in_the_table() -> None:
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", README, re.MULTILINE)}
    assert shown == {int(code) for code in ExitCode}


def test_every_folder_and_file_that_is_linked_exists() -> None:
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README)
    folders = re.findall(r"^\| `([a-z/]+/)`", README, re.MULTILINE)
    missing = [name for name in (*links, *folders) if not (ROOT / name).exists()]
    assert missing == []
