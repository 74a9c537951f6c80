"""What setup.py declares, read by running it with a setuptools that only listens."""

from __future__ import annotations

import hashlib
import json
import runpy
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

# The optional parts of the product that the locks hold.
EXTRAS = ("demo", "dev", "gcs", "s3")


def declared(setup_file: Path) -> dict[str, Any]:
    """The arguments that `setup_file` gives to setuptools.setup."""
    heard: dict[str, Any] = {}
    listener = ModuleType("setuptools")
    listener.setup = heard.update  # type: ignore[attr-defined]
    listener.find_packages = lambda *_, **__: []  # type: ignore[attr-defined]
    real = sys.modules.get("setuptools")
    sys.modules["setuptools"] = listener
    try:
        runpy.run_path(str(setup_file))
    finally:
        del sys.modules["setuptools"]
        if real is not None:
            sys.modules["setuptools"] = real
    return heard


def requirements(setup_file: Path) -> dict[str, Any]:
    """What a lock is compiled from: all that decides which packages are needed."""
    said = declared(setup_file)
    extras = said.get("extras_require", {})
    return {
        "python": said.get("python_requires"),
        "packages": sorted(said.get("install_requires", [])),
        "extras": {name: sorted(extras.get(name, [])) for name in EXTRAS},
    }


def digest(*parts: object) -> str:
    """A SHA-256 over the parts, the same on every machine."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()
