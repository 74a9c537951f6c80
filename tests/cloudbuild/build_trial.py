"""Small builds that really run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from cloudbuild.messages import new_build
from cloudbuild.results import BuildResult
from cloudbuild.running import Build
from cloudbuild.surroundings import Surroundings


def message(text: str) -> Any:
    """The Build message that YAML holds; each step may leave its image out."""
    from google.protobuf import json_format

    said = yaml.safe_load(text)
    for step in said["steps"]:
        step.setdefault("name", "image")
    return json_format.ParseDict(said, new_build())


def built(
    text: str,
    folder: Path,
    *,
    apart: bool = False,
    values: Mapping[str, str] | None = None,
    **options: Any,
) -> Build:
    """The build, not yet run, with a workspace of its own."""
    workspace = folder / "source"
    workspace.mkdir(parents=True, exist_ok=True)
    surroundings = options.pop("surroundings", None) or Surroundings(
        apart=apart,
        secrets=options.pop("secrets", {}),
        variables=options.pop("variables", {}),
    )
    return Build(
        message(text),
        values or {},
        workspace=workspace,
        folder=folder / "build",
        surroundings=surroundings,
        **options,
    )


def run(text: str, folder: Path, **options: Any) -> BuildResult:
    """How the build went."""
    return built(text, folder, **options).run()


def statuses(result: BuildResult) -> dict[str, str]:
    """Status of each step by its name."""
    return {step.name: step.status for step in result.steps}


def log(folder: Path) -> str:
    """All that the build said."""
    return (folder / "build" / "logs" / "build.log").read_text()


def processes(word: str) -> Iterator[int]:
    """Processes of this machine with `word` in their arguments."""
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if word.encode() in entry.read_bytes().split(b"\0"):
                yield int(entry.parent.name)
