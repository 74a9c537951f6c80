"""One call of a stand-in: recorded whole, checked, and answered."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cloudbuild.stand_ins import docker, gcloud
from cloudbuild.stand_ins.arguments import Command, find, parse
from cloudbuild.stand_ins.references import Absent, Refusal
from cloudbuild.stand_ins.registry import Registry, opened

FOLDER = "CLOUDBUILD_RECORDING"
BUILD, STEP = "CLOUDBUILD_NAME", "CLOUDBUILD_STEP"
CALLS = "calls.jsonl"
# Variables that change what these programs do, as far as they are no secret.
NAMED = (
    "DOCKER_BUILDKIT", "DOCKER_HOST", "DOCKER_CONFIG", "BUILDKIT_PROGRESS",
    "CLOUDSDK_CORE_PROJECT", "CLOUDSDK_CONFIG", "SOURCE_DATE_EPOCH", "KUBECONFIG",
)  # fmt: skip
PROGRAMS: Mapping[str, Mapping[tuple[str, ...], Command]] = {
    "docker": docker.COMMANDS,
    "gcloud": gcloud.COMMANDS,
    # No build may speak to a cluster, or copy by itself: each call is refused.
    "kubectl": {},
    "gsutil": {},
}


def main(program: str, argv: Sequence[str]) -> int:
    """Answers a call as the real program would; 1 for what it would refuse."""
    folder = Path(os.environ[FOLDER])
    with opened(folder) as registry:
        said, refusal = answer(program, argv, registry)
        record(folder, program, argv, said, refusal)
    sys.stdout.write(said)
    if refusal is not None:
        print(f"{program}: {refusal}", file=sys.stderr)
    return 0 if refusal is None else 1


def answer(
    program: str, argv: Sequence[str], registry: Registry
) -> tuple[str, Refusal | None]:
    """What the program prints, and why it refused; None where it did not."""
    try:
        name, command = find(PROGRAMS[program], argv)
        said = command.answer(parse(command, argv[len(name) :]), registry)
    except Refusal as refusal:
        return "", refusal
    return said, None


def record(
    folder: Path,
    program: str,
    argv: Sequence[str],
    said: str,
    refusal: Refusal | None,
) -> None:
    """Adds a line to the recording; `absent` is an answer, `refused` a fault."""
    why = str(refusal) if refusal is not None else None
    absent = isinstance(refusal, Absent)
    line = {
        "build": os.environ.get(BUILD, ""),
        "step": os.environ.get(STEP, ""),
        "program": program,
        "argv": list(argv),
        "cwd": os.getcwd(),
        "env": {name: os.environ[name] for name in NAMED if name in os.environ},
        "said": said,
        "absent": why if absent else None,
        "refused": None if absent else why,
    }
    with open(folder / CALLS, "a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, ensure_ascii=False) + "\n")
