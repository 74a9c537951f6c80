"""What was built and pushed in a trial, kept between calls and builds."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudbuild.stand_ins.references import Absent, Reference, Refusal

STATE = "registry.json"
KIND = "application/vnd.docker.distribution.manifest.v2+json"


@dataclass
class Registry:
    """Images here and in the registry.

    Attributes:
        local: Id of each image that this machine has, by `repository:tag`.
        pushed: Digest of each pushed tag, by `repository:tag`.
        digests: Digests that each repository of the registry holds.
        manifests: Manifest of each digest.
    """

    local: dict[str, str] = field(default_factory=dict)
    pushed: dict[str, str] = field(default_factory=dict)
    digests: dict[str, list[str]] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)

    def push(self, one: Reference) -> str:
        """Digest of a local image, now in the registry, too.

        Raises:
            Refusal: There is no such image here.
        """
        identity = self.local.get(str(one))
        if identity is None:
            had = ", ".join(sorted(self.local)) or "none"
            raise Refusal(
                f"An image does not exist locally with the tag: {one} (has: {had})"
            )
        digest = manifest(identity)
        self.pushed[str(one)] = digest
        self.manifests[digest] = content(identity)
        held = self.digests.setdefault(one.repository, [])
        if digest not in held:
            held.append(digest)
        return digest

    def find(self, one: Reference) -> str:
        """Digest of an image in the registry.

        Raises:
            Absent: Nothing was ever pushed under that tag.
            Refusal: Nothing of that digest was.
        """
        if one.digest is None:
            found = self.pushed.get(f"{one.repository}:{one.tag or 'latest'}")
            if found is None:
                raise Absent(f"{one}: manifest unknown: it was never pushed")
            return found
        if one.digest not in self.digests.get(one.repository, []):
            raise Refusal(f"{one}: manifest unknown: no image of it was pushed")
        return one.digest

    def tags(self, repository: str) -> dict[str, str]:
        """Digest of each tag of a repository."""
        start = f"{repository}:"
        return {
            name.removeprefix(start): digest
            for name, digest in sorted(self.pushed.items())
            if name.startswith(start)
        }


def content(identity: str) -> str:
    """The manifest that an image's id gets in every registry; without its layers."""
    config = {"mediaType": "application/vnd.docker.container.image.v1+json", "size": 2}
    said = {
        "schemaVersion": 2,
        "mediaType": KIND,
        "config": {**config, "digest": identity},
        "layers": [],
    }
    return json.dumps(said, indent=3)


def manifest(identity: str) -> str:
    """Digest of that manifest."""
    return "sha256:" + hashlib.sha256(content(identity).encode()).hexdigest()


@contextmanager
def opened(folder: Path) -> Iterator[Registry]:
    """The registry of a recording, held alone; what changes is kept at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        path = folder / STATE
        said: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        registry = Registry(**said)
        yield registry
        temporary = path.with_suffix(".new")
        temporary.write_text(json.dumps(vars(registry), indent=2) + "\n")
        os.replace(temporary, path)
