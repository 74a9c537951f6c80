"""A fingerprint of input files, by which a run knows whether to use its cache.

It is made of the content and nothing else: sizes and times miss an edit of the
same length within a second, and change when a file is merely copied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tidegate.columnar.file_names import names
from tidegate.errors import UsageError

_CHUNK = 1 << 20
_THREADS = 2


def fingerprint(files: Sequence[Path]) -> str:
    """Hexadecimal digest of the names and the content of all files.

    Raises:
        UsageError: A file cannot be read.
    """
    with ThreadPoolExecutor(_THREADS) as pool:
        digests = list(pool.map(_digest, files))
    whole = hashlib.sha256()
    for name, digest in zip(names(files), digests, strict=True):
        whole.update(f"{len(name.encode())}:{name}:{digest}\n".encode())
    return whole.hexdigest()


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise UsageError(
            "the file cannot be read",
            where=str(path),
            expected="a readable file",
            got=error.strerror or str(error),
            fix="check that the file exists and that you may read it",
        ) from error
    return digest.hexdigest()
