"""Patterns with a span: `data/span-{SPAN}/*.csv`, `{YYYY}-{MM}-{DD}`, `{VERSION}`.

The specs are those of TFX's ExampleGen: a span is a number, or the days since
1970-01-01 of a date; a width such as `{SPAN:4}` demands that many digits; of
several versions of a span the newest counts.
"""

from __future__ import annotations

import datetime
import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar import discovery_refusals as refuse
from tidegate.columnar.formats import shown
from tidegate.errors import UsageError

_SPEC = re.compile(r"\{(SPAN|VERSION|YYYY|MM|DD)(?::(\d+))?\}")
_DATE = {"YYYY": 4, "MM": 2, "DD": 2}
_FIRST_DAY = datetime.date(1970, 1, 1).toordinal()
_LISTED = 5


@dataclass(frozen=True)
class Resolved:
    """A pattern with one span put in.

    Attributes:
        pattern: The path, folder or glob that is left.
        span: The span chosen.
        version: The version chosen; None without `{VERSION}`.
    """

    pattern: str
    span: int
    version: int | None = None


def has_span(text: str) -> bool:
    """True for a pattern with at least one spec."""
    return _SPEC.search(text) is not None


def spans_of(text: str, base: Path) -> dict[int, Resolved]:
    """The spans that are there, each with its newest version.

    Raises:
        UsageError: The specs contradict each other, two names mean one span, or
            a name has a date that there is not.
    """
    _demand_sense(text)
    pattern = str(base / Path(text).expanduser())
    found: dict[tuple[int, int | None], str] = {}
    for hit in sorted(glob.glob(glob_of(pattern), recursive=True)):
        match = _as_regex(pattern).fullmatch(hit)
        if match is None:
            continue
        key = _numbers(match, hit)
        one = _put_in(pattern, match)
        if found.setdefault(key, one) != one:
            raise _ambiguous(text, key[0], [found[key], one])
    newest: dict[int, Resolved] = {}
    for (span, version), one in found.items():
        known = newest.get(span)
        if known is None or (version or 0) > (known.version or 0):
            newest[span] = Resolved(one, span, version)
    return newest


def choose(text: str, base: Path, span: int | None) -> Resolved:
    """The pattern with the span wanted, or the newest one, put in.

    Raises:
        UsageError: That span, or any span, is not there.
    """
    there = spans_of(text, base)
    wanted = max(there, default=None) if span is None else span
    if wanted is not None and wanted in there:
        return there[wanted]
    listed = ", ".join(map(str, sorted(there)[-_LISTED:]))
    raise UsageError(
        "no span is there" if span is None else f"the span {span} is not there",
        where=shown(text),
        expected="a file or folder that fits the pattern",
        got=f"spans … {listed}" if listed else "nothing that fits",
        fix="check the pattern, or name a span that is there",
    )


@dataclass(frozen=True)
class Chosen:
    """Texts with one span put into all of them that have a pattern.

    Attributes:
        texts: The paths, folders and globs that are left.
        span: The span chosen; None without a pattern.
        version: The version chosen; None without a pattern of versions, or if
            the patterns have several.
    """

    texts: tuple[str, ...]
    span: int | None = None
    version: int | None = None


def with_span(texts: Sequence[str], base: Path, span: int | None) -> Chosen:
    """The texts with the span wanted, or the newest that all patterns have.

    Raises:
        UsageError: That span, or any, is not there, or no text has a pattern.
    """
    patterns = [text for text in texts if has_span(text)]
    if not patterns:
        if span is not None:
            raise refuse.no_pattern(span)
        return Chosen(tuple(texts))
    if span is None:
        there = {text: set(spans_of(text, base)) for text in patterns}
        common = set.intersection(*there.values())
        if not common and all(there.values()):
            raise refuse.no_common_span(there)
        span = max(common, default=None)
    resolved = {text: choose(text, base, span) for text in patterns}
    versions = {one.version for one in resolved.values()}
    return Chosen(
        tuple(resolved[text].pattern if text in resolved else text for text in texts),
        resolved[patterns[0]].span,
        versions.pop() if len(versions) == 1 else None,
    )


def _demand_sense(text: str) -> None:
    specs = [match[1] for match in _SPEC.finditer(text)]
    dated = [spec for spec in specs if spec in _DATE]
    wrong = None
    if len(set(specs)) < len(specs):
        wrong = "each spec at most once"
    elif dated and ("SPAN" in specs or len(dated) < len(_DATE)):
        wrong = "either {SPAN}, or {YYYY}, {MM} and {DD} together"
    elif not dated and "SPAN" not in specs:
        wrong = "{VERSION} only together with a span"
    if wrong:
        raise UsageError(
            "the pattern of spans makes no sense",
            where=shown(text),
            expected=wrong,
            got=", ".join("{" + spec + "}" for spec in specs),
            fix="for example data/span-{SPAN}/*.csv or data/{YYYY}-{MM}-{DD}.csv",
        )


def glob_of(pattern: str) -> str:
    """The glob that finds what fits a pattern, and more."""
    return _SPEC.sub("*", pattern)


def _as_regex(pattern: str) -> re.Pattern[str]:
    parts: list[str] = []
    end = 0
    for match in _SPEC.finditer(pattern):
        parts.append(_glob_regex(pattern[end : match.start()]))
        width = match[2] or _DATE.get(match[1])
        digits = f"[0-9]{{{width}}}" if width else "[0-9]+"
        parts.append(f"(?P<{match[1]}>{digits})")
        end = match.end()
    parts.append(_glob_regex(pattern[end:]))
    return re.compile("".join(parts), re.DOTALL)


def _glob_regex(text: str) -> str:
    """The signs of a glob in a path that `glob` has found already."""
    steps = re.split(r"(\*\*/|\*+|\?|\[[^]]+\])", text)
    known = {"**/": "(?:.*/)?", "*": "[^/]*", "**": ".*", "?": "[^/]"}
    made = []
    for step in steps:
        if step.startswith("[") and step.endswith("]"):
            made.append("[^/]")
        else:
            made.append(known.get(step, re.escape(step)))
    return "".join(made)


def _numbers(match: re.Match[str], name: str) -> tuple[int, int | None]:
    groups = match.groupdict()
    version = int(groups["VERSION"]) if "VERSION" in groups else None
    if "SPAN" in groups:
        return int(groups["SPAN"]), version
    try:
        day = datetime.date(*(int(groups[name]) for name in _DATE))
    except ValueError:
        raise _no_date(name, groups) from None
    return day.toordinal() - _FIRST_DAY, version


def _put_in(pattern: str, match: re.Match[str]) -> str:
    return _SPEC.sub(lambda spec: match[spec[1]], pattern)


def _ambiguous(text: str, span: int, names: list[str]) -> UsageError:
    return UsageError(
        f"two names stand for the span {span}",
        where=shown(text),
        expected="one file or folder for each span",
        got=" and ".join(shown(name) for name in names),
        fix="remove one of them, or give the width, as in {SPAN:4}",
    )


def _no_date(name: str, groups: Mapping[str, str]) -> UsageError:
    return UsageError(
        "a name fits the pattern, but not with a date",
        where=shown(name),
        expected="a day of the calendar",
        got="-".join(groups[spec] for spec in _DATE),
        fix="rename it, or move it elsewhere; it would be left out silently",
    )
