"""The columnar twin of an Examples artifact: the same rows as Arrow files.

Decoding tf.Examples costs far more than reading columns, so beside the record
files stands an Arrow file for each of them, and one manifest with the SHA-256
of them all. A twin counts only while every digest matches; otherwise the
records are read, which are the artifact. Stock readers look into the folders
of the splits only and never see it.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tidegate.columnar.tf_example import NullMeans

MANIFEST = "columns.json"
_LARGEST_MANIFEST = 16 << 20
_CHUNK = 1 << 20
_THREADS = 2

Count = Annotated[int, Field(ge=0)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# A name and nothing that leads to another folder.
Name = Annotated[str, Field(pattern=r"^[^/\\\x00]{1,255}$")]
Split = tuple[str, Path]


class NoTwin(Exception):
    """The twin cannot be used; the text says why."""


class TwinFile(BaseModel):
    """One record file and its columns.

    Attributes:
        split: Name of its split.
        records: Name of the record file, in the folder of the split.
        records_sha256: Digest of that file.
        columns: Name of the Arrow file, in the folder of the artifact.
        columns_sha256: Digest of that file.
        batches: Rows of each of its batches.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    split: Name
    records: Name
    records_sha256: Digest
    columns: Name
    columns_sha256: Digest
    batches: list[Count]

    @property
    def rows(self) -> int:
        """Rows of the file."""
        return sum(self.batches)


class Twin(BaseModel):
    """What the manifest says.

    Attributes:
        version: Version of the layout.
        null_means: What a null in the columns stands for; see
            `column_file.ColumnFile`.
        files: The files of all splits.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    version: Literal[1] = 1
    null_means: NullMeans
    files: list[TwinFile]


def write_manifest(folder: Path, twin: Twin) -> Path:
    """Writes the manifest, whole or not at all, and after all that it names."""
    path = folder / MANIFEST
    hidden = path.with_name(f".{path.name}.{os.getpid()}")
    with open(hidden, "w", encoding="utf-8") as stream:
        stream.write(twin.model_dump_json(indent=1) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(hidden, path)
    return path


def read_twin(folder: Path, files: Sequence[Split]) -> Twin:
    """The twin of some record files of an artifact, every digest checked.

    Args:
        folder: Folder of the artifact.
        files: Split and path of each record file; all files of these splits.

    Raises:
        NoTwin: There is none, or it is not that of these files.
    """
    twin = _manifest(folder)
    known = {(one.split, one.records): one for one in twin.files}
    wanted = {split for split, _ in files}
    listed = {key for key in known if key[0] in wanted}
    there = {(split, path.name) for split, path in files}
    if listed != there or len(known) != len(twin.files):
        raise NoTwin("the record files are not those that it was made for")
    chosen = [known[split, path.name] for split, path in files]
    _demand_digests(
        (path, one.records_sha256) for (_, path), one in zip(files, chosen, strict=True)
    )
    _demand_digests((folder / one.columns, one.columns_sha256) for one in chosen)
    return Twin(null_means=twin.null_means, files=chosen)


def sha256(path: Path) -> str:
    """Hexadecimal digest of a file."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _manifest(folder: Path) -> Twin:
    path = folder / MANIFEST
    _demand_plain(path)
    if path.stat().st_size > _LARGEST_MANIFEST:
        raise NoTwin(f"{MANIFEST} is too large to be one")
    try:
        return Twin.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise NoTwin(f"{MANIFEST} cannot be used: {place} {first['msg']}") from None


def _demand_digests(expected: Iterable[tuple[Path, str]]) -> None:
    with ThreadPoolExecutor(_THREADS) as pool:
        for changed in pool.map(_changed, expected):
            if changed is not None:
                raise NoTwin(changed)


def _changed(one: tuple[Path, str]) -> str | None:
    """What is wrong with a file, None if it is as its digest says."""
    path, expected = one
    try:
        _demand_plain(path)
        if sha256(path) != expected:
            return f"{path.name} has changed since"
    except NoTwin as reason:
        return str(reason)
    except OSError as error:
        return f"{path.name}: {error.strerror}"
    return None


def _demand_plain(path: Path) -> None:
    """Refuses what is no file of its own: a link may lead anywhere."""
    try:
        mode = os.lstat(path).st_mode
    except OSError:
        raise NoTwin(f"there is no {path.name}") from None
    if not stat.S_ISREG(mode):
        raise NoTwin(f"{path.name} is not a regular file")
