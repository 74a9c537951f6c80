"""The settings of the drift tests in a YAML file, and their JSON Schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tidegate.documents import Document, near_miss
from tidegate.drift_tests.settings import DriftSettings
from tidegate.errors import TidegateError, UsageError, raise_all

FILE = "drift.schema.json"
_LEVELS = ("fail", "warn")
_PROMISE = 'a share, such as 0.05, "5 %" or "1 in 60 runs"'
_TOLD = {
    "false_alarms": "share of runs with good data that may alarm: 0.05, 5 %, "
    "or 1 in 20 runs",
    "slow_every": "mean number of runs between false alarms of slow drift, which "
    "are a part of false_alarms; a fifth of them by default",
    "smallest_share": "changes of a share of rows, or of the strength of a "
    "relation, below this never alarm",
    "smallest_shift": "changes of other measures below this never alarm, in "
    "standard deviations of the column",
    "ignore": "columns that are not judged",
    "window": "the newest accepted spans that are compared with",
    "level": "fail shuts the gate, warn only says so",
}


def read_settings(path: Path) -> DriftSettings:
    """The settings in a YAML file whose keys are those of `DriftSettings`.

    Raises:
        UsageError: The file is missing or something in it is wrong; everything
            that is wrong, each with its line, as `Problems`.
    """
    return settings_in(Document.read(path))


def settings_in(document: Document) -> DriftSettings:
    """The settings in a document that has been read; see `read_settings`."""
    errors = _unfit(document)
    told = {error.where for error in errors}
    settings, found = _examined(document)
    errors += [error for error in found if error.where not in told]
    errors.sort(key=_line)
    raise_all(f"{document.where} holds no valid settings of drift tests", errors)
    assert settings is not None  # raise_all returned, so there was no error
    return settings


def settings_json_schema() -> dict[str, Any]:
    """The JSON Schema of the file, by which editors complete and check it."""
    from tidegate.data_tests.json_schema import DIALECT

    schema = DriftSettings.model_json_schema(mode="validation")
    properties = schema["properties"]
    for name, text in _TOLD.items():
        properties[name].pop("title", None)
        properties[name]["description"] = text
    share = properties["false_alarms"]
    limits = {key: share.pop(key) for key in ("type", "minimum", "maximum")}
    number = r"[0-9]+(\.[0-9]+)?"
    share["oneOf"] = [
        limits,
        {"type": "string", "pattern": rf"^\s*{number}\s*%\s*$"},
        {"type": "string", "pattern": rf"^\s*{number}\s+in\s+{number}(\s+\w+)?\s*$"},
    ]
    properties["level"].pop("pattern")
    properties["level"]["enum"] = list(_LEVELS)
    return {
        "$schema": DIALECT,
        "title": "Tidegate drift tests",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
    }


def _examined(
    document: Document,
) -> tuple[DriftSettings | None, list[TidegateError]]:
    """The settings, or what is wrong with them."""
    try:
        return document.examine(DriftSettings)
    except ZeroDivisionError:
        where = document.place(("false_alarms",))
        error = UsageError(
            "false_alarms is not valid",
            where=where,
            expected=_PROMISE,
            got=repr(document.data["false_alarms"]),
            fix="write how many runs may alarm, in how many: 1 in 60 runs",
        )
        rest = document.updated(("false_alarms",), 0.05)
        return None, [error, *rest.examine(DriftSettings)[1]]


def _line(error: TidegateError) -> int:
    line = (error.where or "").rpartition(":")[2]
    return int(line) if line.isdecimal() else 0


def _unfit(document: Document) -> list[TidegateError]:
    """What is wrong with settings that take one of few texts, or several."""
    found: list[TidegateError] = []
    level = document.data.get("level", _LEVELS[0])
    if level not in _LEVELS:
        near = near_miss(str(level), _LEVELS)
        found.append(
            UsageError(
                f"unknown level {str(level)[:60]!r}"
                + (f", did you mean {near}?" if near else ""),
                where=document.place(("level",)),
                expected=" or ".join(_LEVELS),
                got=repr(level)[:60],
                fix=f"write {near or _LEVELS[0]}",
            )
        )
    ignored = document.data.get("ignore", [])
    if not isinstance(ignored, list):
        found.append(
            UsageError(
                "ignore is not a list of columns",
                where=document.place(("ignore",)),
                expected="ignore: [a_column, another]",
                got=repr(ignored)[:60],
                fix=f"ignore: [{str(ignored)[:60]}]",
            )
        )
    return found
