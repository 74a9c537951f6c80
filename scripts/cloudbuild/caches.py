"""Named caches of this machine, given to builds so that trials are quick.

They lie beside the environments of the checkout, in `.venv/cloudbuild`. The
environment is a copy by hard links, in which set-up replaces what it changes: the
one that the developer works with stays as it is.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.surroundings import Bind

CACHES = "/builder/caches"
STAMP = "tidegate-stamp.json"
# What each cache is called in the environment of a step.
VARIABLES = {
    "TIDEGATE_VENVS": "environments",
    "MYPY_CACHE_DIR": "mypy",
    "RUFF_CACHE_DIR": "ruff",
    "UV_CACHE_DIR": "uv",
}
# How pip and uv are told of the package index and of certificates.
NETWORK = (
    "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "PIP_FIND_LINKS",
    "UV_DEFAULT_INDEX", "UV_INDEX", "UV_FIND_LINKS", "SSL_CERT_FILE",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip


@dataclass(frozen=True)
class Caches:
    """The caches of one checkout.

    Attributes:
        folder: Where they lie.
    """

    folder: Path

    @classmethod
    def of_this_environment(cls) -> Caches:
        """The caches beside the environment that runs this."""
        return cls(Path(sys.prefix).parent / "cloudbuild")

    def prepare(self, home: Path | None = None) -> None:
        """Makes them; environments are linked where they are not there yet.

        Args:
            home: Folder of the environments; None for that of this process.
        """
        home = home or Path(sys.prefix).parent
        for name in VARIABLES.values():
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for source in sorted(home.iterdir()):
            stamp = _packages(source)
            target = self.folder / "environments" / source.name
            if source.name == "tools" and not target.exists():
                shutil.copytree(source, target, symlinks=True)
            elif stamp is not None and stamp != _packages(target):
                _link(source, target)

    def variables(self) -> dict[str, str]:
        """What a step is told of them."""
        return {key: f"{CACHES}/{name}" for key, name in VARIABLES.items()}

    def binds(self) -> tuple[Bind, ...]:
        """What a step sees of them."""
        return (Bind(self.folder, CACHES, readonly=False),)


def network(variables: Mapping[str, str]) -> dict[str, str]:
    """How this machine reaches packages, which a machine of Google's need not know."""
    return {name: variables[name] for name in NETWORK if name in variables}


def _packages(folder: Path) -> Any:
    """What an environment was installed from; None where it is none."""
    try:
        stamp = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return stamp.get("packages") if isinstance(stamp, dict) else None


def _link(source: Path, target: Path) -> None:
    """A copy by hard links, whole or not at all; a real one on another disk."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    shutil.rmtree(temporary, ignore_errors=True)
    shutil.copytree(source, temporary, symlinks=True, copy_function=_link_file)
    shutil.rmtree(target, ignore_errors=True)
    os.replace(temporary, target)


def _link_file(source: str, target: str) -> None:
    # What is written in place, not replaced, must not be shared.
    if not source.endswith((".json", ".pth", ".txt", ".cfg")):
        try:
            os.link(source, target)
            return
        except OSError:
            pass
    shutil.copy2(source, target)
