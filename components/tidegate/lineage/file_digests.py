"""Digests of files and folders. Pure."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_CHUNK = 1 << 20


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal.

    Raises:
        OSError: It cannot be read.
    """
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def files_below(folder: Path) -> list[str]:
    """Names of all files below a folder, relative to it, sorted."""
    found = []
    for parent, _, names in os.walk(folder):
        found += [os.path.relpath(os.path.join(parent, one), folder) for one in names]
    return sorted(name.replace(os.sep, "/") for name in found)


def digests_below(folder: Path) -> dict[str, str]:
    """SHA-256 of each file below a folder, by its relative name."""
    return {name: sha256_of(folder / name) for name in files_below(folder)}


def joined(digests: Mapping[str, str]) -> str:
    """One digest over names and digests, whatever their order."""
    return digest_of_lines(f"{name}\0{one}" for name, one in sorted(digests.items()))


def digest_of_lines(lines: Iterable[str]) -> str:
    """SHA-256 over texts, each with its length so that none runs into the next."""
    whole = hashlib.sha256()
    for line in lines:
        raw = line.encode("utf-8", "surrogatepass")
        whole.update(f"{len(raw)}:".encode())
        whole.update(raw)
    return whole.hexdigest()
