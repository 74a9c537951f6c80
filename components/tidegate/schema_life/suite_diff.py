"""The semantic difference of two suites: which tests are stricter, which laxer."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from tidegate.data_tests.catalogue import DataTest
from tidegate.data_tests.suite import Suite
from tidegate.report.wording import printable
from tidegate.schema_life.changes import Change, Effect

# Parameters of which more lets more pass, and those of which more lets less.
_MORE_IS_LOOSER = ("at_most", "high", "quarantine_at_most")
_MORE_IS_TIGHTER = ("at_least", "low")
# Lists of what is allowed.
_ALLOWING = ("values", "allow", "also_allowed")
_LAXER = {
    ("level", "fail", "warn"): "it no longer shuts the gate",
    ("new", "fail", "allow"): "columns may be added",
    ("on_fail", "report", "quarantine"): "bad rows leave and the rest goes on",
}
# What a test is about: tests that agree in these are one test in two versions.
_ABOUT = ("column", "columns", "sql", "is", "of", "where")
_SHOWN = 60


def suite_diff(old: Suite, new: Suite) -> list[Change]:
    """What changed from one suite to another; order and comments mean nothing.

    Of tests that name a private column no parameter is told, which may be a value.
    """
    private = {*old.pii, *new.pii}
    return [*_settings(old, new), *_tests(old, new, private)]


def _settings(old: Suite, new: Suite) -> Iterator[Change]:
    for name, effect, reason in (
        ("dataset", Effect.NEUTRAL, "reports call the data otherwise"),
        ("key", Effect.BREAKING, "rows are told apart by other columns"),
        ("label", Effect.BREAKING, "another column is predicted"),
        ("time", Effect.TIGHTER, "tests of times look at another column"),
    ):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield Change(
                "suite", f"{name} {_told(before)} → {_told(after)}", effect, reason
            )
    for column in sorted(set(new.pii) - set(old.pii)):
        yield Change(
            column, "private now", Effect.NEUTRAL, "no report shows its values"
        )
    for column in sorted(set(old.pii) - set(new.pii)):
        yield Change(
            column, "not private any more", Effect.NEUTRAL, "reports show its values"
        )


def _tests(old: Suite, new: Suite, private: Collection[str]) -> Iterator[Change]:
    before, after = _by_what(old), _by_what(new)
    for about, test in before.items():
        if about not in after:
            yield _gone(test, _names_one(test, private))
        else:
            hidden = _names_one(test, private)
            yield from _test_changes(test, after[about], hidden)
    for about, test in after.items():
        if about not in before:
            yield _come(test, _names_one(test, private))


def _names_one(test: DataTest, private: Collection[str]) -> bool:
    """Whether a test names a private column, be it within SQL or a condition."""
    told = json.dumps(_parameters(test), default=str, ensure_ascii=False)
    told = f"{told} {test.subject}".casefold()
    return any(
        re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", told)
        for name in private
    )


def _by_what(suite: Suite) -> dict[tuple[str, str, int], DataTest]:
    """The tests by what they are about, the second of its kind by its number."""
    found: dict[tuple[str, str, int], DataTest] = {}
    for test in suite.tests:
        given = _parameters(test)
        about = json.dumps([given.get(key) for key in _ABOUT], default=str)
        number = 0
        while (test.name, about, number) in found:
            number += 1
        found[test.name, about, number] = test
    return found


def _come(test: DataTest, hidden: bool) -> Change:
    effect = Effect.TIGHTER if test.level.value == "fail" else Effect.NEUTRAL
    reason = "one more test must hold" if effect is Effect.TIGHTER else "it only warns"
    return Change(_name(test, hidden), _whole("added", test, hidden), effect, reason)


def _gone(test: DataTest, hidden: bool) -> Change:
    effect = Effect.LOOSER if test.level.value == "fail" else Effect.NEUTRAL
    reason = "one test fewer must hold" if effect is Effect.LOOSER else "it only warned"
    return Change(_name(test, hidden), _whole("removed", test, hidden), effect, reason)


def _whole(what: str, test: DataTest, hidden: bool) -> str:
    return what if hidden else f"{what}: {_expected(test)}"


def _test_changes(old: DataTest, new: DataTest, hidden: bool) -> Iterator[Change]:
    before, after = _parameters(old), _parameters(new)
    for key in dict.fromkeys([*before, *after]):
        one, other = before.get(key), after.get(key)
        if one != other:
            effect, reason = _judged(key, one, other)
            what = f"{key} changed" if hidden else _what(key, one, other)
            yield Change(_name(new, hidden), what, effect, reason)


def _judged(key: str, old: Any, new: Any) -> tuple[Effect, str]:
    if reason := _LAXER.get((key, str(old), str(new))):
        return Effect.LOOSER, reason
    if (key, str(new), str(old)) in _LAXER:
        return Effect.TIGHTER, "a delivery may be refused that passed before"
    if key == "waiver":
        if new is None:
            return Effect.TIGHTER, "a failure shuts the gate again"
        return Effect.LOOSER, "a failure may pass until the waiver ends"
    if key in _ALLOWING and isinstance(old, list) and isinstance(new, list):
        if set(map(str, old)) <= set(map(str, new)):
            return Effect.LOOSER, "more values are allowed"
        return Effect.TIGHTER, "values are refused that were allowed"
    if key in (*_MORE_IS_LOOSER, *_MORE_IS_TIGHTER):
        return _limit(key, _size(old), _size(new))
    return Effect.TIGHTER, "a delivery may be refused that passed before"


def _limit(key: str, old: float | None, new: float | None) -> tuple[Effect, str]:
    """What it means that a limit moved; none at all lets most pass."""
    more_is_looser = key in _MORE_IS_LOOSER
    if new is None or old is None:
        looser = new is None
    else:
        looser = (new > old) == more_is_looser
    if looser:
        return Effect.LOOSER, "more passes than before"
    return Effect.TIGHTER, "a delivery may be refused that passed before"


def _size(value: Any) -> float | None:
    """A limit as a number; rows and shares cannot be compared: shares are less."""
    if isinstance(value, str) and value.strip().endswith("%"):
        return float(value.strip()[:-1]) / 100
    return float(value) if isinstance(value, (int, float)) else None


def _what(key: str, old: Any, new: Any) -> str:
    if isinstance(old, list) and isinstance(new, list):
        gone = [value for value in old if value not in new]
        come = [value for value in new if value not in old]
        parts = [f"− {_told(gone)}" if gone else "", f"+ {_told(come)}" if come else ""]
        told = " ".join(part for part in parts if part)
        return f"{key} {told}" if told else f"{key} in another order"
    return f"{key} {_told(old)} → {_told(new)}"


def _parameters(test: DataTest) -> dict[str, Any]:
    return dict(test.model_dump(mode="json", by_alias=True))


def _name(test: DataTest, hidden: bool) -> str:
    """The test in a few words; SQL of a private column may hold its values."""
    if hidden and not hasattr(test, "column") and not hasattr(test, "columns"):
        return test.name
    return printable(f"{test.name} {test.subject}", _SHOWN)


def _expected(test: DataTest) -> str:
    slice_ = f" where {test.where}" if test.where else ""
    return printable(f"{test.expectation}{slice_}", _SHOWN)


def _told(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return printable(", ".join(map(str, value)), _SHOWN)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    return printable(str(value), _SHOWN)
