"""The container image: built once a commit, pushed, and named by its digest.

Runs in a step that has a container engine and a Python, and no packages.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bootstrapping.console import BROKEN, INFRASTRUCTURE, USAGE
from delivery.digests import demand_reference, repository_of
from delivery.errors import SECURITY, DeliveryError
from delivery.registry import Repository, remote_digest

DOCKERFILE = "kubeflow/Dockerfile"
IMAGE_FILE = Path("build", "image.txt")
# Holds the layers that the next build may take; it moves, and nothing runs it.
CACHE_TAG = "cache"
# The stage of the Dockerfile that is this image.
PACKAGES = "packages"
MOVING = frozenset({CACHE_TAG, "latest", "main", "stable", "dev"})
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


@dataclass(frozen=True)
class Target:
    """What an image is to be called.

    Attributes:
        repository: Its name without a tag.
        tag: The tag.
        version: The commit that it is built from; empty where that is not known.
    """

    repository: str
    tag: str
    version: str

    @property
    def reference(self) -> str:
        """Name and tag."""
        return f"{self.repository}:{self.tag}"

    @property
    def cache(self) -> str:
        """Where the layers of the image before are."""
        return f"{self.repository}:{CACHE_TAG}"


def target_of(image: str, version: str) -> Target:
    """The image that IMAGE and CODE_VERSION name.

    Args:
        image: A repository, or a repository with a tag.
        version: The commit, which is the tag where the image has none.

    Raises:
        DeliveryError: Neither says a tag, or one that means something else tomorrow.
    """
    repository = repository_of(image)
    tag = image[len(repository) + 1 :] or version
    if (
        image
        and tag
        and "@" not in image
        and tag not in MOVING
        and _VERSION.fullmatch(tag)
    ):
        return Target(repository, tag, version)
    why = f"got: IMAGE={image or '(nothing)'} CODE_VERSION={version or '(nothing)'}"
    raise DeliveryError(
        "an image needs a name and a tag that does not move",
        (why, "fix: IMAGE=REPOSITORY CODE_VERSION=COMMIT, or IMAGE=REPOSITORY:TAG"),
        USAGE,
    )


def build(target: Target, base: str, root: Path, source: str = "") -> None:
    """Builds the image, or takes the one that the registry has of this commit.

    A build that is repeated must not give the commit another image: what was recorded
    of it names the first one.

    Args:
        target: What it is called.
        base: The base image with its digest.
        root: The checkout.
        source: Where the sources are, as a URL; for the image's label.
    """
    # Only the registry's own "there is none" means that: an answer that did not come
    # would have the image built again, and the commit's tag moved off the record's.
    of_commit = target.version and target.tag == target.version
    if of_commit and remote_digest(target.reference) is not None:
        print(f"= {target.reference}: in the registry already; not built again")
        _run(["pull", "--quiet", target.reference], root)
        return
    name, _, digest = base.rpartition("@")
    arguments = {
        "BASE": name,
        "BASE_DIGEST": digest,
        "BUILDKIT_INLINE_CACHE": "1",
        "CODE_VERSION": target.version,
        "IMAGE": target.reference,
        "SOURCE": source,
    }
    command = ["build", "-f", DOCKERFILE, "--cache-from", target.cache]
    for key, value in arguments.items():
        command += ["--build-arg", f"{key}={value}"]
    # What an image brings for the next build is its own layers and no others. The
    # wheel is built on the stage of the packages, which takes most of the time: so
    # that stage is an image by itself, and the one that layers are taken from.
    _run([*command, "--target", PACKAGES, "-t", target.cache, "."], root)
    _run([*command, "-t", target.reference, "."], root)


def push(target: Target, root: Path) -> str:
    """Pushes the image and the layers for the next build; its name with digest.

    The name is written to build/image.txt last, in one step.
    """
    _run(["push", target.reference], root)
    if _asked(["inspect", "--format", "{{.Id}}", target.cache]).returncode == 0:
        _run(["push", target.cache], root)  # Not there where nothing was built.
    image = pushed_image(target)
    write_whole(root / IMAGE_FILE, f"{image}\n")
    print(f"✓ {image}")
    return image


def check(image: str, root: Path) -> None:
    """Starts the image as a cluster would, without network; it says what is in it.

    Args:
        image: The image by its digest.
        root: The checkout.

    Raises:
        DeliveryError: It does not start, or does not find what it needs.
    """
    demand_reference(image, str(IMAGE_FILE))
    # Its own command, as its own user: `tidegate doctor`.
    _run(["run", "--rm", "--network", "none", image], root)
    print(f"✓ {image} starts")


def pushed_image(target: Target) -> str:
    """The image by the digest that the registry gave it."""
    said = _asked(["inspect", "--format", "{{json .RepoDigests}}", target.reference])
    try:
        names = json.loads(said.stdout) or []
    except ValueError:
        names = []
    # An image may be known in several registries; the digest of this one counts.
    ours = [one for one in names if str(one).split("@")[0] == target.repository]
    if said.returncode or len(set(ours)) != 1:
        raise DeliveryError(
            f"the engine does not say which digest {target.reference} was pushed as",
            (
                f"got: {said.stdout.strip() or said.stderr.strip()}",
                "fix: push it again: make image-push",
            ),
            BROKEN,
        )
    return demand_reference(str(ours[0]), f"docker inspect {target.reference}")


def promote(image: str, version: str) -> bool:
    """Gives an image a version's tag in the registry; False if it had it.

    Args:
        image: The image by its digest.
        version: The tag.

    Raises:
        DeliveryError: The tag is another image's, or cannot be one.
    """
    if not _VERSION.fullmatch(version) or version in MOVING:
        raise DeliveryError(
            f"no version can be called {version!r}",
            ("fix: VERSION=v1.2.0: letters, digits, `.`, `_` and `-`",),
            USAGE,
        )
    repository, digest = repository_of(image), image.rpartition("@")[2]
    tagged = f"{repository}:{version}"
    held = Repository(repository)
    manifest = held.manifest(digest)
    if manifest is None:
        raise DeliveryError(
            f"the registry has no {image}",
            ("fix: see whether a clean-up took it; main has to build the commit anew",),
            SECURITY,
        )
    there = held.manifest(version)
    if there is not None and there.digest != digest:
        raise DeliveryError(
            f"{tagged} is another image already",
            (f"expected: {digest}", f"got: {there.digest}", "fix: take a new version"),
            SECURITY,
        )
    if there is not None:
        return False
    held.tag(version, manifest)
    if remote_digest(tagged) != digest:
        raise DeliveryError(
            f"{tagged} is not {digest} after it was tagged",
            ("fix: see who else tags there, and take a new version",),
            BROKEN,
        )
    return True


def write_whole(path: Path, text: str) -> None:
    """Writes a file under a temporary name, which is then its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, hidden = tempfile.mkstemp(dir=str(path.parent), prefix=f".{path.name}.")
    with open(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.chmod(hidden, 0o644)
    os.replace(hidden, str(path))


def _run(words: list[str], root: Path) -> None:
    """Runs the container engine, which shows its own progress."""
    command = ["docker", *words]
    try:
        done = subprocess.run(command, cwd=str(root), env=_engine(os.environ))
    except OSError as error:
        raise _no_engine(error) from error
    if done.returncode:
        raise DeliveryError(
            f"docker {words[0]} failed; its own words are above",
            (f"exit code: {done.returncode}", f"command: {' '.join(command[:4])} …"),
            INFRASTRUCTURE if words[0] in ("push", "pull") else BROKEN,
        )
    sys.stdout.flush()


def _asked(words: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["docker", *words],
            capture_output=True,
            text=True,
            env=_engine(os.environ),
        )
    except OSError as error:
        raise _no_engine(error) from error


def _engine(variables: Mapping[str, str]) -> dict[str, str]:
    # Only BuildKit takes layers from a registry for every stage of a Dockerfile.
    return {**variables, "DOCKER_BUILDKIT": "1"}


def _no_engine(error: OSError) -> DeliveryError:
    return DeliveryError(
        f"there is no container engine: {error}", ("fix: install docker",)
    )
