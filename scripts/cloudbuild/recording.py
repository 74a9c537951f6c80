"""Puts stand-ins of cloud programs on a step's PATH, and reads what they recorded."""

from __future__ import annotations

import json
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.stand_ins.calling import BUILD, CALLS, FOLDER, PROGRAMS
from cloudbuild.stand_ins.references import Refusal, by_tag
from cloudbuild.stand_ins.registry import opened
from cloudbuild.surroundings import Bind

RECORDING, STAND_INS = "/builder/recording", "/builder/stand-ins"
CODE = f"{STAND_INS}/code"


@dataclass(frozen=True)
class Recording:
    """Where the calls of one or more builds are recorded.

    Attributes:
        folder: Holds calls.jsonl and the state of the registry.
        apart: Whether steps see `/builder`; else they get the real folders.
    """

    folder: Path
    apart: bool

    def binds(self) -> tuple[Bind, ...]:
        """What a step has to see of it."""
        return (
            Bind(self.folder / "state", RECORDING, readonly=False),
            Bind(self.folder / "programs", STAND_INS),
            Bind(Path(__file__).parent, f"{CODE}/cloudbuild"),
        )

    def variables(self, build: str) -> dict[str, str]:
        """What a step's stand-ins have to know."""
        return {FOLDER: RECORDING, BUILD: build}

    def programs(self) -> tuple[str, ...]:
        """Folders for the front of PATH."""
        return (STAND_INS,)

    def prepare(self) -> None:
        """Writes the programs."""
        code = CODE if self.apart else str(Path(__file__).resolve().parents[1])
        # A virtual environment may lie where steps do not see it; its base does not.
        python = os.path.realpath(sys.executable)
        for name in PROGRAMS:
            path = self.folder / "programs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            body = (
                f"import sys; sys.path.insert(0, {code!r}); "
                "from cloudbuild.stand_ins.calling import main; "
                f"sys.exit(main({name!r}, sys.argv[1:]))"
            )
            path.write_text(
                f"#!/bin/sh\nexec {shlex.quote(python)} -I -S -B -c {shlex.quote(body)}"
                ' "$@"\n',
                encoding="utf-8",
            )
            path.chmod(0o755)
        (self.folder / "programs" / "code" / "cloudbuild").mkdir(
            parents=True, exist_ok=True
        )
        (self.folder / "state").mkdir(exist_ok=True)

    def calls(self, build: str | None = None) -> list[dict[str, Any]]:
        """What was called, in order; of one build, or of all."""
        path = self.folder / "state" / CALLS
        if not path.exists():
            return []
        lines = path.read_text(encoding="utf-8").splitlines()
        found: list[dict[str, Any]] = [json.loads(line) for line in lines]
        return [call for call in found if build in (None, call["build"])]

    def push_images(self, names: list[str]) -> list[tuple[str, str]]:
        """Pushes what a build file's `images` names, as Cloud Build itself does.

        Raises:
            LookupError: A step should have built one, and none did.
        """
        pushed = []
        with opened(self.folder / "state") as registry:
            for name in names:
                try:
                    digest = registry.push(by_tag(name))
                except Refusal as refusal:
                    raise LookupError(
                        "failed to find one or more images after execution of build "
                        f"steps: {refusal}"
                    ) from None
                pushed.append((name, digest))
        return pushed

    def pushed(self, repository: str) -> dict[str, str]:
        """Digest of each tag that the registry has of a repository."""
        with opened(self.folder / "state") as registry:
            return registry.tags(repository)
