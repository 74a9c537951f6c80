"""Writes the page of the data tests, and the JSON Schemas of suites and settings.

Usage: python scripts/write_catalogue.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tidegate.data_tests.catalogue import DataTest
from tidegate.data_tests.json_schema import (
    FILLED_IN,
    as_text,
    own_tests,
    suite_json_schema,
)
from tidegate.drift_tests.settings_file import FILE as DRIFT_FILE
from tidegate.drift_tests.settings_file import settings_json_schema
from tidegate.model_tests.json_schema import FILE as MODEL_FILE
from tidegate.model_tests.json_schema import suite_json_schema as model_json_schema
from tidegate.report.model import write_whole

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "data-tests-catalogue.md"
JSON_SCHEMA = ROOT / "docs" / "suite.schema.json"
DRIFT_SCHEMA = ROOT / "docs" / DRIFT_FILE
MODEL_SCHEMA = ROOT / "docs" / MODEL_FILE
SHARED = ("level", "where", "waiver", "on_fail", "quarantine_at_most")
FAMILIES = {
    "columns": "Columns",
    "rows": "Rows",
    "batch": "The delivery as a whole",
    "label": "The label",
    "privacy": "Privacy",
}
_HEAD = """\
# The catalogue of data tests

What each test catches, its parameters, its defaults and why they are so. Made by
`make catalogue` from the tests themselves; `tidegate tests show NAME` tells the same in
the terminal. How to write a suite: [data-tests.md](data-tests.md).

Every test also takes `level`, `where` and `waiver`; one that blames single rows, marked
with ⇥ here, takes `on_fail: quarantine` with `quarantine_at_most`.
"""


def page() -> str:
    """The catalogue as Markdown."""
    tests = own_tests().values()
    parts = [_HEAD]
    for family, title in FAMILIES.items():
        parts.append(f"## {title}\n")
        held = sorted((t for t in tests if t.family == family), key=lambda t: t.name)
        parts.extend("\n".join(_section(test)) for test in held)
    return "\n".join(parts)


def _section(test: type[DataTest]) -> Iterator[str]:
    yield f"### {test.name}{' ⇥' if test.blames else ''}\n"
    yield f"Catches {test.why}.\n"
    yield f"```yaml\n- {test.example}\n```\n"
    for name, told in _parameters(test):
        yield f"- `{name}`: {told}"
    yield f"\nDefaults: {test.default}.\n"


def _parameters(test: type[DataTest]) -> Iterator[tuple[str, str]]:
    for key, field in test.model_fields.items():
        told = field.description or ""
        if key not in SHARED and FILLED_IN not in told:
            needed = (
                " (required)"
                if field.is_required()
                else _default(field.get_default(call_default_factory=True))
            )
            yield field.alias or key, told + needed


def _default(value: Any) -> str:
    if value is None or value in ([], (), {}, ""):
        return ""
    if isinstance(value, bool):
        return f" (`{str(value).lower()}`)"
    if isinstance(value, (int, float, str)):
        return f" (`{value}`)"
    return f" (`{str(value).replace(' %', '%')}`)" if len(str(value)) < 30 else ""


def main() -> int:
    """Writes the files; with --check says whether they are as they should be."""
    wanted = {
        PAGE: page(),
        JSON_SCHEMA: as_text(suite_json_schema()),
        DRIFT_SCHEMA: as_text(settings_json_schema()),
        MODEL_SCHEMA: as_text(model_json_schema()),
    }
    stale = [
        path
        for path, text in wanted.items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    if "--check" in sys.argv:
        for path in stale:
            print(f"✗ {path.relative_to(ROOT)} is stale: run make catalogue")
        return 1 if stale else 0
    for path in stale:
        write_whole(path, wanted[path].encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
