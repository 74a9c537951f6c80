"""What a Makefile offers: its targets, and the variables that it reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TARGETS = re.compile(r"^([A-Za-z0-9][\w .%/-]*?)\s*::?(?!=)", re.MULTILINE)
_READ = re.compile(r"\$[({](?:value )?([A-Za-z_]\w*)\b|\$\$\{?([A-Za-z_]\w*)")
_ASKED = re.compile(r"^\s*(?:else\s+)?ifn?def\s+(\w+)", re.MULTILINE)
_INCLUDE = re.compile(r"^-?include\s+(\S+)", re.MULTILINE)
_VARIABLE = re.compile(r"([A-Za-z_]\w*)\s*(?:::|[:+?!])?=")
# Options of GNU make whose value is the next word.
_WITH_VALUE = frozenset({"-C", "-f", "-I", "-o", "-W", "-l", "-j"})


@dataclass(frozen=True)
class Makefile:
    """Names that a make command may use.

    Attributes:
        targets: What `make NAME` can do.
        variables: What `make NAME=value` can change: the Makefile, or the shell
            of a recipe, reads it.
    """

    targets: frozenset[str]
    variables: frozenset[str]


@dataclass(frozen=True)
class MakeCall:
    """The words of a make command, each with its number among them."""

    targets: tuple[tuple[int, str], ...]
    variables: tuple[tuple[int, str], ...]
    options: tuple[tuple[int, str], ...] = ()


@lru_cache(maxsize=8)
def read_makefile(path: Path) -> Makefile | None:
    """The names in the Makefile at `path`, None where there is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    for name in _INCLUDE.findall(text):
        included = path.parent / name
        if "$" not in name and included.is_file():
            text += "\n" + included.read_text(encoding="utf-8")
    targets = {one for names in _TARGETS.findall(text) for one in names.split()}
    read = {one or other for one, other in _READ.findall(text)}
    return Makefile(frozenset(targets), frozenset(read | set(_ASKED.findall(text))))


def make_call(args: list[str]) -> MakeCall:
    """What the arguments of a make command name."""
    targets: list[tuple[int, str]] = []
    variables: list[tuple[int, str]] = []
    options: list[tuple[int, str]] = []
    skip = False
    for number, word in enumerate(args):
        if skip:
            skip = False
        elif word.startswith("-"):
            options.append((number, word))
            following = args[number + 1 : number + 2]
            skip = word in _WITH_VALUE and (word != "-j" or following[:1] != [])
            if word == "-j" and not (following and following[0].isdigit()):
                skip = False
        elif match := _VARIABLE.match(word):
            variables.append((number, match[1]))
        else:
            targets.append((number, word))
    return MakeCall(tuple(targets), tuple(variables), tuple(options))
