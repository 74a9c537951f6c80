"""Strict YAML: every value knows its line, and every problem is told at once.

Suites, configs and other files that people write are read here. The dialect is
YAML 1.2's core: `NO` and `on` stay text, `12:30` and `2013-01-01` too, so that
a country code or a clock time never turns into something else in silence.
Anchors, aliases and tags are refused, for a file of ten lines can expand to
gigabytes with them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from tidegate.document_faults import explain
from tidegate.errors import TidegateError, UsageError, raise_all

Key: TypeAlias = "tuple[str | int, ...]"
M = TypeVar("M", bound=BaseModel)

LARGEST = 1_000_000  # characters; a suite of a thousand tests has a tenth of it
DEEPEST = 40

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_INTEGER = re.compile(r"[-+]?[0-9]{1,40}")
_NUMBER = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan"
)


@dataclass(frozen=True)
class Document:
    """A parsed file, with the line of every key and item.

    Attributes:
        where: Name of the file, as errors give it.
        data: The file's mapping; its values are plain Python values.
        lines: Line of each key and item by its path, counted from 1.
        given: Where a value that is not of the file came from, by its path.
    """

    where: str
    data: dict[str, Any]
    lines: Mapping[Key, int] = field(default_factory=dict, repr=False)
    given: Mapping[Key, str] = field(default_factory=dict, repr=False)

    @classmethod
    def read(cls, path: Path) -> Document:
        """The document in the file at `path`.

        Raises:
            UsageError: There is no such file, or it is not strict YAML.
        """
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise _unreadable(path, error) from None
        try:
            # A byte-order mark is allowed in YAML; editors on Windows write it.
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            raise UsageError(
                "the file is not UTF-8",
                where=f"{path}:{line}",
                got=f"byte 0x{raw[error.start]:02x}",
                fix="save it as UTF-8",
            ) from None
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, where: str) -> Document:
        """The document that `text` holds; errors name it `where`.

        Raises:
            UsageError: It is not strict YAML, or not a mapping.
        """
        lines: dict[Key, int] = {}
        data = _Builder(where, lines).build(_compose(text, where), ())
        if not isinstance(data, dict):
            raise UsageError(
                "the file must hold keys and values",
                where=f"{where}:1",
                expected="key: value",
                got="nothing" if data is None else type(data).__name__,
                fix="write one `key: value` a line",
            )
        return cls(where, data, lines)

    def line_of(self, path: Key) -> int | None:
        """Line of the key or item at `path`; None where the file has none."""
        return self.lines.get(tuple(path))

    def place(self, path: Key) -> str:
        """`file:line` of `path`, or of the nearest key around it."""
        for length in range(len(path), -1, -1):
            part = tuple(path[:length])
            if part in self.given:
                return self.given[part]
            if part in self.lines:
                return f"{self.where}:{self.lines[part]}"
        return self.where

    def updated(self, path: Key, value: object, where: str | None = None) -> Document:
        """A copy with `value` at `path`.

        Args:
            path: Where to put it; mappings on the way are made as needed.
            value: Any plain value.
            where: Where it came from, for errors; None keeps the file's line.

        Raises:
            UsageError: Something on the way is not a mapping.
        """
        data: dict[str, Any] = dict(self.data)
        inner = data
        for depth, key in enumerate(path[:-1], start=1):
            below = inner.get(str(key)) or {}
            if not isinstance(below, dict):
                raise UsageError(
                    f"{named(path[:depth])} has no settings of its own",
                    where=where or self.place(path[:depth]),
                    got=named(path),
                    fix=f"set {named(path[:depth])} itself",
                )
            inner[str(key)] = inner = dict(below)
        inner[str(path[-1])] = value
        given = {**self.given, **({tuple(path): where} if where else {})}
        return replace(self, data=data, given=given)

    def examine(
        self, model: type[M], at: Key = ()
    ) -> tuple[M | None, list[TidegateError]]:
        """The part at `at` as a model, or None and everything wrong with it."""
        part: Any = self.data
        for key in at:
            part = part[key]
        try:
            return model.model_validate(part), []
        except ValidationError as error:
            return None, [
                UsageError(
                    fault.message,
                    where=self.place((*at, *fault.path)),
                    expected=fault.expected,
                    got=fault.got,
                    fix=fault.fix,
                )
                for fault in explain(error, model, part, at, near_miss)
            ]

    def validate(self, model: type[M]) -> M:
        """The document as a model.

        Raises:
            UsageError: One thing is wrong; `Problems` carries several.
        """
        checked, errors = self.examine(model)
        raise_all(f"{self.where} is not valid", errors)
        assert checked is not None  # raise_all returned, so there was no error
        return checked


def near_miss(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that was probably meant, None where nothing is close."""
    names = {str(name).casefold(): str(name) for name in candidates}
    close = difflib.get_close_matches(word.casefold(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def named(path: Iterable[str | int]) -> str:
    """A path as people write it: `tests[3].missing.at_most`."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).lstrip(".")


class _Loader(yaml.SafeLoader):
    """Composes nodes without aliases and not too deep."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem="anchors (&) and aliases (*) are not allowed; "
                "write the value out, or quote it if it is text",
                problem_mark=event.start_mark,
            )
        if (tag := getattr(event, "tag", None)) is not None:
            raise yaml.MarkedYAMLError(
                problem=f"tag {str(tag)[:60]} is not allowed; quote it if it is text",
                problem_mark=event.start_mark,
            )
        if self.depth >= DEEPEST:
            raise yaml.MarkedYAMLError(
                problem=f"nested more than {DEEPEST} deep",
                problem_mark=event.start_mark,
            )
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


@dataclass(frozen=True)
class _Builder:
    """Turns nodes into values and notes their lines."""

    where: str
    lines: dict[Key, int]

    def build(self, node: yaml.Node | None, path: Key) -> Any:
        if node is None:
            return None
        self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return dict(self._pairs(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.build(n, (*path, i)) for i, n in enumerate(node.value)]
        return self._scalar(node)

    def _pairs(self, node: yaml.MappingNode, path: Key) -> Iterator[tuple[str, Any]]:
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key, str):
                raise self._refusal(key_node, "a key must be text", "quote it")
            if key in seen:
                raise self._refusal(
                    key_node,
                    f"key {key!r} stands twice, first on line {seen[key]}",
                    "keep one of the two",
                )
            seen[key] = line
            at: Key = (*path, key)
            self.lines[at] = line
            yield key, self.build(value_node, at)

    def _scalar(self, node: Any) -> Any:
        text: str = node.value
        if node.style is not None:
            return text
        if _NULL.fullmatch(text):
            return None
        if _BOOLEAN.fullmatch(text):
            return text.lower() == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        if not _NUMBER.fullmatch(text):
            return text
        # YAML writes infinity as .inf, Python as inf.
        return float(text.replace(".inf", "inf").replace(".nan", "nan"))

    def _refusal(self, node: yaml.Node, message: str, fix: str) -> UsageError:
        line = node.start_mark.line + 1
        return UsageError(message, where=f"{self.where}:{line}", fix=fix)


def _compose(text: str, where: str) -> yaml.Node | None:
    if len(text) > LARGEST:
        raise UsageError(
            "the file is too large to have been written by hand",
            where=where,
            expected=f"at most {LARGEST:,} characters",
            got=f"{len(text):,}",
            fix="name the right file, or split it",
        )
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=_Loader)
        return node
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        raise UsageError(
            f"not valid YAML: {error.problem or error.context}",
            where=place,
            got=_line_at(text, mark.line) if mark else None,
            fix=_syntax_fix(str(error.problem)),
        ) from None
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise UsageError(
            "the file holds a character that YAML does not allow",
            where=f"{where}:{line}",
            got=f"U+{ord(text[error.position]):04X}",
            fix="remove it",
        ) from None


def _line_at(text: str, line: int) -> str | None:
    lines = text.splitlines()
    return lines[line].strip()[:80] or None if line < len(lines) else None


def _syntax_fix(problem: str) -> str:
    if "\\t" in problem:
        return "indent with spaces, not tabs"
    if "not allowed" in problem or "deep" in problem:
        return "write it out plainly"
    return "check the indentation, and quote text that holds : or #"


def _unreadable(path: Path, error: OSError) -> UsageError:
    if not isinstance(error, FileNotFoundError):
        return UsageError(
            "the file cannot be read",
            where=str(path),
            got=error.strerror,
            fix="name a file that this user may read",
        )
    folder = path.parent
    if not folder.is_dir():
        return UsageError(
            "no such file",
            where=str(path),
            got=f"the folder {folder} does not exist either",
            fix="check the path; a relative one counts from the working directory",
        )
    names = sorted(item.name for item in folder.iterdir() if item.is_file())
    near = near_miss(path.name, names)
    listed = ", ".join(names[:8]) or "no file"
    return UsageError(
        "no such file",
        where=str(path),
        got=f"{folder} holds {listed}",
        fix=f"did you mean {folder / near}?" if near else "name a file that exists",
    )
