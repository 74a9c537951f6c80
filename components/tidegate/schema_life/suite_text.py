"""A first suite as YAML, each test below the reason for its limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from tidegate.report.wording import counted, printable
from tidegate.schema_life.suggest import SuggestedSuite
from tidegate.schema_life.suggestions import Suggestion

_WIDTH = 88


class _Dumper(yaml.SafeDumper):
    """Lists indented below their key, and nothing shared by reference."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        return super().increase_indent(flow, False)


def suite_text(suggested: SuggestedSuite, source: str, rows: int) -> str:
    """The suite as text that `load_suite` reads.

    Args:
        suggested: The suite.
        source: Where the data came from, for the reader.
        rows: Rows that it was made from.
    """
    return "\n".join(_lines(suggested, source, rows)) + "\n"


def _lines(suggested: SuggestedSuite, source: str, rows: int) -> Iterator[str]:
    yield f"# A first suite, guessed from {counted(rows, 'rows')} of {_safe(source)}."
    yield "# All tests hold on these rows; limits leave room. Read them, and change"
    yield "# what you know better: every reason is a guess."
    yield f"dataset: {_flow(suggested.dataset)}"
    if suggested.key:
        yield f"key: {_flow(list(suggested.key))}"
    if suggested.label is not None:
        yield f"label: {_flow(suggested.label)}"
    if suggested.time is not None:
        yield f"time: {_flow(suggested.time)}"
    if suggested.pii:
        yield "# Columns whose values no report shows."
        yield "pii:"
        for name, reason in suggested.pii.items():
            yield f"  - {_flow(name)}  # {_safe(reason)}"
    yield "tests:"
    chapter = ""
    for one in suggested.suggestions:
        if one.chapter != chapter:
            yield ("" if not chapter else "\n") + f"  # {one.chapter}"
            chapter = one.chapter
        yield from _test(one)
    yield ""
    yield "  # Once spans are accepted (tidegate schema accept), later ones can be held"
    yield "  # against them: rows_change, missing_change, relations, unit and others;"
    yield "  # see `tidegate tests list`."


def _test(one: Suggestion) -> Iterator[str]:
    line = f"  - {one.name}: {_flow(one.parameters)}"
    comment = f"  # {_safe(one.reason)}"
    if len(line) + len(comment) <= _WIDTH:
        yield line + comment
        return
    yield f"  # {_safe(one.reason)}:"
    if len(line) <= _WIDTH:
        yield line
        return
    yield f"  - {one.name}:"
    for key, value in one.parameters.items():
        yield from _parameter(key, value)


def _parameter(key: str, value: Any) -> Iterator[str]:
    if len(line := f"{key}: {_flow(value)}") <= _WIDTH - 6:
        yield f"      {line}"
        return
    # Broken over lines; a text that long is a block of its own by the dumper.
    dumped = yaml.dump(
        {key: value},
        Dumper=_Dumper,
        default_flow_style=None if isinstance(value, list) else False,
        width=_WIDTH - 18,
        allow_unicode=True,
        sort_keys=False,
    )
    for line in dumped.rstrip("\n").split("\n"):
        yield f"      {line}" if line else ""


def _flow(value: Any) -> str:
    """A value on one line."""
    dumped = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        width=10**9,
        allow_unicode=True,
        sort_keys=False,
    )
    return dumped.removesuffix("\n").removesuffix("\n...")


def _safe(text: str) -> str:
    """Text in a comment: on one line."""
    return printable(text.replace("\n", " "))
