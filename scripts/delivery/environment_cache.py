"""The environment of a build, kept from one to the next.

Main writes, pull requests only read. A cache decides nothing: where there is none,
or a broken one, the environment is made as without it.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bootstrapping.console import Progress
from delivery.digests import sha256_of
from delivery.errors import DeliveryError
from delivery.stores import Store

# Raised whenever an archive would be read otherwise.
FORM = "1"
LOCKS = ("tfx-*.lock", "tools.lock")
# Of the folder of environments, what belongs to one machine or to benchmarks.
LEFT_OUT = frozenset({"lock", "peers"})
# Nothing reads a folder of this name: it has another once it is whole.
SCRATCH = ".env-"
# The fastest that shrinks at all: most of it is shared libraries.
_LEVEL = 1


@dataclass(frozen=True)
class Environment:
    """The folder of environments of a checkout, and what it is made from.

    Attributes:
        root: The checkout.
        home: The folder of environments.
        builder: The image that the step runs in, by digest; empty outside of one.
    """

    root: Path
    home: Path
    builder: str

    @property
    def key(self) -> str:
        """Name of what is kept: other locks, images or paths have another."""
        whole = hashlib.sha256()
        python = self.builder or sys.version.split()[0]
        for word in (FORM, platform.machine(), platform.system(), python):
            whole.update(f"{word}\n".encode())
        # Scripts in an environment name their Python by its path.
        whole.update(f"{self.home}\n".encode())
        folder = self.root / "requirements"
        for lock in sorted(one for form in LOCKS for one in folder.glob(form)):
            whole.update(f"{lock.name}:{sha256_of(lock)}\n".encode())
        return whole.hexdigest()[:32]


def restore(environment: Environment, store: Store) -> bool:
    """Unpacks the environment that is kept; True if there is one now.

    Whatever is wrong with it is told in a line, and is no failure.
    """
    home, key = environment.home, environment.key
    if any(home.glob("tfx-*/bin/python")):
        _tell(f"= environment: {home} is there already; nothing was restored")
        return True
    with _scratch(environment) as name:
        folder = Path(name)
        try:
            archive = _fetched(store, key, folder, str(home))
            with Progress(f"environment {key} is unpacked"):
                unpacked = _unpacked(archive, folder / "unpacked")
        except _Miss as miss:
            _tell(f"- environment: {miss}; it will be made")
            return False
        except DeliveryError as error:
            _tell(f"- environment: {error.message}; it will be made")
            return False
        shutil.rmtree(str(home), ignore_errors=True)
        os.rename(str(unpacked), str(home))
    _tell(f"✓ environment: restored from {store.path(key)}")
    return True


def save(environment: Environment, store: Store) -> None:
    """Keeps the environment, unless it is kept already.

    The note comes last and names the archive by its digest: a save that was killed
    leaves an archive that nobody reads.

    Raises:
        DeliveryError: There is no environment, or the store takes nothing.
    """
    home, key = environment.home, environment.key
    if not any(home.glob("tfx-*/bin/python")):
        raise DeliveryError(f"there is no environment in {home}", ("fix: make setup",))
    with _scratch(environment) as name:
        folder = Path(name)
        if store.fetch(_note(key), folder / "there.json"):
            _tell(f"= environment: {store.path(key)} is kept already")
            return
        archive, note = folder / "archive", folder / "note.json"
        with Progress("environment is packed", "a minute or two"):
            _pack(home, archive)
        digest, size = sha256_of(archive), archive.stat().st_size
        said = {
            "archive": f"{key}-{digest[:16]}.tar.gz",
            "sha256": digest,
            "bytes": size,
            "home": str(home),
        }
        note.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
        with Progress(f"environment, {size / 1e6:,.0f} MB, goes to {store.where}"):
            store.create(str(said["archive"]), archive)
            store.create(_note(key), note)


def _scratch(environment: Environment) -> tempfile.TemporaryDirectory[str]:
    """A folder of the checkout that git does not see, even if a kill leaves it."""
    build = environment.root / "build"
    build.mkdir(exist_ok=True)
    return tempfile.TemporaryDirectory(dir=str(build), prefix=SCRATCH)


class _Miss(Exception):
    """Nothing that can be used is kept, and why."""


def _note(key: str) -> str:
    return f"{key}.json"


def _fetched(store: Store, key: str, folder: Path, home: str) -> Path:
    """The archive, verified."""
    note, archive = folder / "note.json", folder / "archive"
    if not store.fetch(_note(key), note):
        raise _Miss(f"none is kept under {store.path(key)}")
    try:
        said = json.loads(note.read_text(encoding="utf-8"))
        name, digest, made = said["archive"], said["sha256"], said["home"]
    except (ValueError, KeyError, TypeError):
        raise _Miss(f"the note {store.path(_note(key))} is broken") from None
    if made != home:
        raise _Miss(f"it was made in {made}, and scripts in it name that path")
    if "/" in str(name) or not store.fetch(str(name), archive):
        raise _Miss(f"the archive {name} of {store.path(_note(key))} is gone")
    if sha256_of(archive) != digest:
        raise _Miss(f"the archive {store.path(str(name))} is not what was kept")
    return archive


def _pack(home: Path, archive: Path) -> None:
    with tarfile.open(str(archive), "w:gz", compresslevel=_LEVEL) as stream:
        for path in sorted(home.iterdir()):
            if path.name not in LEFT_OUT:
                stream.add(str(path), arcname=path.name)


def _unpacked(archive: Path, to: Path) -> Path:
    to.mkdir()
    try:
        with tarfile.open(str(archive), "r:gz") as stream:
            # Its digest was that of the note; links to the builder's Python are meant.
            if hasattr(tarfile, "tar_filter"):
                stream.extractall(str(to), filter="tar")
            else:
                stream.extractall(str(to))
    except (OSError, EOFError, tarfile.TarError) as error:
        raise _Miss(f"the archive cannot be unpacked: {error}") from error
    return to


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
