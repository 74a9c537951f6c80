"""Arguments of a called program: known options only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cloudbuild.stand_ins.references import Refusal
from cloudbuild.stand_ins.registry import Registry


@dataclass(frozen=True)
class Arguments:
    """The arguments of a call.

    Attributes:
        words: What is no option, without the names of the command.
        options: Values of each option, in order; flags have "true".
    """

    words: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]]

    def all(self, *names: str) -> list[str]:
        """Values of an option under any of its names."""
        return [value for name in names for value in self.options.get(name, ())]

    def last(self, *names: str) -> str | None:
        """The value that counts; None where the option was not given."""
        values = self.all(*names)
        return values[-1] if values else None


Answer = Callable[[Arguments, Registry], str]


@dataclass(frozen=True)
class Command:
    """A command that a stand-in knows.

    Attributes:
        answer: Checks the call and returns what the program prints.
        valued: Options with a value.
        flags: Options without.
        words: Least and most arguments that are no options.
    """

    answer: Answer
    valued: frozenset[str] = field(default_factory=frozenset)
    flags: frozenset[str] = field(default_factory=frozenset)
    words: tuple[int, int] = (0, 0)


def command(
    answer: Answer,
    valued: str = "",
    flags: str = "",
    words: tuple[int, int] = (0, 0),
) -> Command:
    """A command with its options as words of a text."""
    return Command(answer, frozenset(valued.split()), frozenset(flags.split()), words)


def find(
    commands: Mapping[tuple[str, ...], Command], argv: Sequence[str]
) -> tuple[tuple[str, ...], Command]:
    """The command that a call names.

    Raises:
        Refusal: There is none; it names those that there are.
    """
    for length in range(min(len(argv), 6), 0, -1):
        name = tuple(argv[:length])
        if name in commands:
            return name, commands[name]
    known = ", ".join(sorted(" ".join(name) for name in commands))
    raise Refusal(f'unknown command "{" ".join(argv[:4])}"; known here: {known}')


def parse(one: Command, argv: Sequence[str]) -> Arguments:
    """The arguments of a call to `one`.

    Raises:
        Refusal: An option that it does not have, or too many or few words.
    """
    words: list[str] = []
    options: dict[str, list[str]] = {}
    rest = list(argv)
    while rest:
        text = rest.pop(0)
        if text == "--":
            words += rest
            break
        if not text.startswith("-") or text == "-":
            words.append(text)
            continue
        name, equals, value = text.partition("=")
        if name in one.flags and not equals:
            value = "true"
        elif name in one.valued and not equals:
            if not rest:
                raise Refusal(f"flag needs an argument: {name}")
            value = rest.pop(0)
        elif name not in one.flags | one.valued:
            known = ", ".join(sorted(one.flags | one.valued)) or "none"
            raise Refusal(f"unknown flag: {name} (known here: {known})")
        options.setdefault(name, []).append(value)
    least, most = one.words
    if not least <= len(words) <= most:
        raise Refusal(f"takes {least} to {most} arguments, got {len(words)}: {words}")
    return Arguments(tuple(words), {k: tuple(v) for k, v in options.items()})
