"""Where KFP's launcher keeps its local copies of artifacts.

It downloads inputs before a container starts and uploads outputs after it ended,
from and to a folder for each scheme: `gs://bucket/key` is `/gcs/bucket/key`,
`minio://…` is `/minio/…`, `s3://…` is `/s3/…`. (LocalPathForURI in
backend/src/v2/component/launcher_v2.go of kubeflow/pipelines.)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tidegate.errors import UsageError

FOLDERS = {"gs://": "gcs", "minio://": "minio", "s3://": "s3"}
# Set where the copies are not at the root of the file system, as in `run-spec`.
ROOT_VARIABLE = "TIDEGATE_LOCAL_COPIES"


def root(environment: Mapping[str, str]) -> Path:
    """The folder above `gcs`, `minio` and `s3`."""
    return Path(environment.get(ROOT_VARIABLE) or "/")


def local_path(uri: str, above: Path = Path("/")) -> Path:
    """Local copy of what is at `uri`.

    Args:
        uri: Of an artifact, with a scheme that KFP's launcher knows.
        above: The folder above `gcs`, `minio` and `s3`.

    Raises:
        UsageError: The launcher has no local copy of such a URI.
    """
    for scheme, folder in FOLDERS.items():
        if uri.startswith(scheme):
            return above / folder / uri[len(scheme) :]
    raise UsageError(
        "KFP's launcher keeps no local copy of such a URI",
        where=uri,
        expected=f"a URI that starts with {', '.join(FOLDERS)}",
        got=uri.partition("://")[0] or uri,
        fix="give the pipeline a root in one of these stores",
    )
