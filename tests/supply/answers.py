"""Answers of pip-audit, and reviews, as tests make them up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from supply.advisories import Entry, Reviewed
from supply.findings import Finding
from supply.locks import Pin

TODAY = date(2030, 6, 1)
PILLOWCASE = Pin("pillowcase", "1.0", ("0" * 64,))
FINDING = Finding("image", "pillowcase", "1.0", ("CVE-2030-1", "GHSA-a-b-c"), ("2.0",))


def vulnerability(name: str, *aliases: str, fixed: str = "2.0") -> dict[str, Any]:
    return {
        "id": name,
        "aliases": list(aliases),
        "fix_versions": [fixed] if fixed else [],
        "description": "Feathers\nescape.",
    }


def answer(*pins: Pin, **found: list[dict[str, Any]]) -> Mapping[str, Any]:
    """What pip-audit says of the pins; `found` by a package's name."""
    return {
        "dependencies": [
            {"name": pin.name, "version": pin.version, "vulns": found.get(pin.name, [])}
            for pin in pins
        ]
    }


def entry(**changes: object) -> Entry:
    """A review without a fault, but for what is changed."""
    given: dict[str, object] = {
        "id": "CVE-2030-1",
        "aliases": ("GHSA-a-b-c",),
        "packages": ("pillowcase",),
        "locks": ("image",),
        "what": "Feathers escape from a torn case.",
        "inherited": "bedding 3.1 asks for pillowcase<2; fixed in 2.0.",
        "contained": "Nothing here ever opens a pillowcase.",
        "evidence": {"bed.py": "never opened"},
        "limit": "Who opens one by hand has the feathers.",
        "reviewed": "2030-05-01",
        "review_by": "2030-08-01",
    }
    return Entry.model_validate({**given, **changes})


def reviewed(*entries: Entry) -> Reviewed:
    return Reviewed(advisories=entries)
