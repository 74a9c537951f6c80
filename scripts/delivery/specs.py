"""Every pipeline of a checkout as specs: development, production, Vertex AI."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from bootstrapping.console import BROKEN, USAGE
from delivery import compiling
from delivery.digests import demand_reference
from delivery.errors import DeliveryError

SPECS = Path("build", "specs")
# What a pull request is compiled with: it has no image, and this one can be nowhere
# (RFC 2606 keeps the name .invalid from ever being given).
PLACEHOLDER = "not-built.invalid/image-of-a-pull-request@sha256:" + 64 * "0"
PLACEHOLDER_WORD = "placeholder"
# Environment, target, and the form of the file.
TARGETS = (
    ("dev", "kfp", ".yaml"),
    ("prod", "kfp", ".yaml"),
    ("vertex", "vertex", ".json"),
)


@dataclass(frozen=True)
class Job:
    """One spec to be compiled.

    Attributes:
        pipeline: The pipeline's folder, from the checkout.
        env: The environment, as a file of kubeflow/ is called.
        target: Who runs it.
        file: Name of the spec.
    """

    pipeline: str
    env: str
    target: str
    file: str


@dataclass(frozen=True)
class Outcome:
    """What became of one.

    Attributes:
        file: Name of the spec.
        code: Exit code of `tidegate compile`.
        said: What it said.
    """

    file: str
    code: int
    said: str


def image_of(image: str, file: str, root: Path) -> str:
    """The image to compile for, by its digest.

    Args:
        image: The image itself, or the word `placeholder`; empty for the file.
        file: A file that holds it, such as build/image.txt.
        root: The checkout.

    Raises:
        DeliveryError: Neither says one, or not by digest.
    """
    if image == PLACEHOLDER_WORD:
        return PLACEHOLDER
    if image:
        return demand_reference(image, "IMAGE")
    if not file:
        raise DeliveryError(
            "make specs needs more: say IMAGE=NAME@sha256:…, IMAGE=placeholder, "
            "or IMAGE_FILE=build/image.txt",
            code=USAGE,
        )
    try:
        text = (root / file).read_text(encoding="utf-8")
    except OSError as error:
        raise DeliveryError(
            f"{file} cannot be read: {error.strerror}",
            ("fix: make image-push, which writes it",),
            USAGE,
        ) from error
    return demand_reference(text.strip(), file)


def jobs_of(root: Path) -> list[Job]:
    """A job for each pipeline and environment of a checkout."""
    folders = sorted(one.parent for one in (root / "pipelines").glob("*/pipeline.py"))
    envs = [one for one in TARGETS if (root / "kubeflow" / f"{one[0]}.yaml").is_file()]
    return [
        Job(
            folder.relative_to(root).as_posix(),
            env,
            target,
            f"{folder.name.replace('_', '-')}.{env}{form}",
        )
        for folder in folders
        for env, target, form in envs
    ]


def compile_into(folder: Path, root: Path, image: str) -> list[Outcome]:
    """Compiles every pipeline of a checkout by its own sources, in this environment.

    Args:
        folder: Where the specs go.
        root: The checkout.
        image: The image by its digest.

    Raises:
        DeliveryError: The sources cannot even be loaded.
    """
    folder.mkdir(parents=True, exist_ok=True)
    jobs = [{**asdict(one), "image": image} for one in jobs_of(root)]
    note = folder / "jobs.json"
    note.write_text(json.dumps(jobs), encoding="utf-8")
    # The checkout's own sources come before those that are installed.
    ours = os.pathsep.join((str(root / "components"), str(root)))
    command = [sys.executable, compiling.__file__, str(folder), str(note)]
    done = subprocess.run(
        [str(word) for word in command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": ours},
        check=False,
    )
    outcomes = folder / compiling.OUTCOMES
    if done.returncode or not outcomes.is_file():
        raise DeliveryError(
            f"the pipelines in {root} cannot be compiled at all",
            (f"exit code: {done.returncode}; its words are above",),
            BROKEN,
        )
    read = json.loads(outcomes.read_text(encoding="utf-8"))
    outcomes.unlink()
    note.unlink()
    return [Outcome(**one) for one in read]


def compile_all(root: Path, image: str) -> list[Path]:
    """Compiles this checkout into build/specs, all of it or nothing.

    Raises:
        DeliveryError: A pipeline cannot be compiled; the code is that of the first.
    """
    (root / SPECS.parent).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root / SPECS.parent, prefix=".specs-") as name:
        folder = Path(name) / "specs"
        outcomes = compile_into(folder, root, image)
        failed = [one for one in outcomes if one.code]
        if failed:
            names = ", ".join(one.file for one in failed)
            raise DeliveryError(
                f"{len(failed)} of {len(outcomes)} specs were refused: {names}",
                ("the reasons are above",),
                failed[0].code,
            )
        shutil.rmtree(root / SPECS, ignore_errors=True)
        folder.rename(root / SPECS)
    return sorted((root / SPECS).iterdir())
