"""Puts wheels of user code where Vertex AI looks for them."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from tidegate.errors import InfrastructureError, UsageError


def upload(wheel: Path, uri: str) -> None:
    """Copies a wheel to a URI; its name has the digest of what is in it.

    Raises:
        UsageError: The library for such URIs is not installed.
        InfrastructureError: The store cannot be written to.
    """
    core = import_module("fsspec.core")
    try:
        filesystem, path = core.url_to_fs(uri)
    except ImportError as error:
        raise UsageError(
            "the store of the pipeline root needs a library that is not installed",
            where=uri,
            got=str(error).splitlines()[0],
            fix="pip install 'tidegate[gcs]'",
        ) from error
    try:
        filesystem.put_file(str(wheel), path)
    except Exception as error:
        raise InfrastructureError(
            f"the wheel of user code cannot be uploaded: {error}".splitlines()[0][:300],
            where=uri,
            fix="check the permissions on the pipeline root, and compile again",
        ) from error
