"""What a commit became: image, specs and bills of materials, written down once.

    <BUILDS>/<commit>/specs/flights.prod.yaml …
    <BUILDS>/<commit>/sbom/…
    <BUILDS>/<commit>/build.json        last: a record without it is none

Nothing in it is of the hour or the machine, so that a build that is run again writes
the same bytes, and other bytes are another build.
"""

from __future__ import annotations

import json
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bootstrapping.console import USAGE
from delivery.container_image import IMAGE_FILE
from delivery.digests import demand_reference, repository_of, sha256_of
from delivery.errors import SECURITY, DeliveryError
from delivery.spec_images import demand_images
from delivery.specs import SPECS
from delivery.stores import Store

FORM = 1
BUILD = "build.json"
SBOMS = Path("build", "sbom")
RECORDS = Path("build", "record")
_ANEW = "see who changed the record; release a new commit, which main builds anew"
_COMMIT = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
# A file of a record: no way out of its folder.
_FILE = re.compile(r"(specs|sbom)/[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Build:
    """What build.json says.

    Attributes:
        commit: The commit.
        image: Its image by digest.
        images: Every image that a spec of it runs, by digest: its own, and others'.
        files: SHA-256 of every file, by its name in the record.
    """

    commit: str
    image: str
    images: tuple[str, ...]
    files: dict[str, str]

    @property
    def text(self) -> str:
        """As it is written."""
        said = {"form": FORM, "commit": self.commit, "image": self.image}
        more = {"images": self.images, "files": self.files}
        return json.dumps({**said, **more}, indent=2) + "\n"

    @property
    def foreign(self) -> list[str]:
        """Images of others that its specs run."""
        return [one for one in self.images if one != self.image]

    def specs(self, env: str) -> list[str]:
        """The specs for an environment, by their names in the record."""
        return [one for one in sorted(self.files) if f".{env}." in one]


def record(root: Path, store: Store, commit: str) -> Build:
    """Writes down what build/ holds of a commit.

    Raises:
        DeliveryError: Something is missing, a spec names another image, or the
            record of this commit has other content.
    """
    demand_commit(commit)
    build = built(root, commit)
    for name in [*sorted(build.files), BUILD]:
        file = root / "build" / name
        if name == BUILD:
            file = root / RECORDS / commit / BUILD
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(build.text, encoding="utf-8")
        if not store.create(f"{commit}/{name}", file):
            _demand_same(store, f"{commit}/{name}", file)
    return build


def built(root: Path, commit: str) -> Build:
    """The build that lies in build/, each of its specs held to its image."""
    try:
        text = (root / IMAGE_FILE).read_text(encoding="utf-8")
    except OSError as error:
        raise DeliveryError(
            f"{IMAGE_FILE} cannot be read", ("fix: make image-push",), USAGE
        ) from error
    image = demand_reference(text.strip(), str(IMAGE_FILE))
    specs = sorted((root / SPECS).glob("*.*"))
    if not specs:
        raise DeliveryError(f"{SPECS} holds no spec", ("fix: make specs",), USAGE)
    images = {one for spec in specs for one in demand_images(spec, image)}
    files = {
        f"{file.parent.name}/{file.name}": sha256_of(file)
        for file in [*specs, *sorted((root / SBOMS).glob("*.*"))]
    }
    return Build(commit, image, tuple(sorted(images)), files)


def fetch(root: Path, store: Store, commit: str, image: str) -> Build:
    """The record of a commit in build/record/COMMIT, every file of it verified.

    Args:
        root: The checkout.
        store: Where records are.
        commit: The commit.
        image: The repository that its image has to be in.

    Raises:
        DeliveryError: There is no such record, or a file is not the one recorded.
    """
    demand_commit(commit)
    folder = root / RECORDS / commit
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / BUILD
    file.unlink(missing_ok=True)
    if not store.fetch(f"{commit}/{BUILD}", file):
        raise DeliveryError(
            f"main has not built {commit}",
            (
                f"looked for: {store.path(f'{commit}/{BUILD}')}",
                "fix: tag a commit of main, once its build is done",
            ),
            USAGE,
        )
    build = read_build(root, commit)
    if repository_of(build.image) != image:
        raise DeliveryError(
            "the record is of another repository's image",
            (
                f"expected: {image}",
                f"got: {repository_of(build.image)}",
                "fix: give the IMAGE and BUILDS of the same main build",
            ),
            SECURITY,
        )
    for name in build.files:
        (folder / name).parent.mkdir(exist_ok=True)
        if not store.fetch(f"{commit}/{name}", folder / name):
            raise DeliveryError(
                f"{store.path(f'{commit}/{name}')} is gone",
                (f"fix: {_ANEW}, or restore the file",),
            )
    verify(folder, build)
    return build


def read_build(root: Path, commit: str) -> Build:
    """The build.json that was fetched.

    Raises:
        DeliveryError: There is none, or it is not one of this commit.
    """
    path = root / RECORDS / commit / BUILD
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        images = tuple(map(str, said["images"]))
        build = Build(said["commit"], said["image"], images, dict(said["files"]))
        form, names = said["form"], all(_FILE.fullmatch(one) for one in build.files)
    except OSError as error:
        raise DeliveryError(
            f"{path} cannot be read", ("fix: make build-record",), USAGE
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise DeliveryError(
            f"{path} is no record of a build", (f"fix: {_ANEW}",), SECURITY
        ) from error
    if form != FORM or build.commit != commit or not names:
        raise DeliveryError(
            f"{path} is no record of {commit}",
            (f"got: form {form}, commit {build.commit}", f"fix: {_ANEW}"),
            SECURITY,
        )
    for one in (build.image, *build.images):
        demand_reference(one, str(path))
    if build.image not in build.images:
        raise DeliveryError(
            f"{path}: no spec runs {build.image}", (f"fix: {_ANEW}",), SECURITY
        )
    return build


def verify(folder: Path, build: Build) -> None:
    """Raises unless every file of a fetched record is the one that was recorded."""
    wrong = [
        name
        for name, digest in sorted(build.files.items())
        if not (folder / name).is_file() or sha256_of(folder / name) != digest
    ]
    if wrong:
        raise DeliveryError(
            f"{len(wrong)} files are not what main recorded: {', '.join(wrong)}",
            ("fix: find out who wrote them; a record is never written twice",),
            SECURITY,
        )


def verify_images(folder: Path, build: Build) -> None:
    """Raises unless the specs of a fetched record run the images that it names.

    Apart from `verify`, for it reads YAML: the step that fetches has no packages.
    """
    specs = [folder / name for name in build.files if name.startswith("specs/")]
    found = {one for spec in specs for one in demand_images(spec, build.image)}
    if found != set(build.images):
        raise DeliveryError(
            f"the specs of {build.commit} run other images than its record names",
            (
                f"expected: {', '.join(build.images)}",
                f"got: {', '.join(sorted(found)) or 'none'}",
                f"fix: {_ANEW}",
            ),
            SECURITY,
        )


def demand_commit(commit: str) -> str:
    """The commit, if it is a whole one."""
    if _COMMIT.fullmatch(commit):
        return commit
    raise DeliveryError(
        f"COMMIT is no commit: {commit!r}", ("fix: all 40 digits of it",), USAGE
    )


def _demand_same(store: Store, name: str, file: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder) / "there"
        if store.fetch(name, there) and there.read_bytes() == file.read_bytes():
            return
    raise DeliveryError(
        f"{store.path(name)} has other content already",
        ("fix: a commit is recorded once; build a new commit",),
        SECURITY,
    )
