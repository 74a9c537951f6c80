"""The environment that a model was made in."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata

from tidegate.ledger.events import EnvironmentRecord

# Says the container image: by digest if a compiled spec told the step, else as built.
IMAGE_VARIABLE = "TIDEGATE_IMAGE"
# What decides the result of a training.
PACKAGES = (
    "apache-beam",
    "keras",
    "numpy",
    "pyarrow",
    "tensorflow",
    "tensorflow-data-validation",
    "tensorflow-model-analysis",
    "tensorflow-transform",
    "tfx",
    "tfx-bsl",
)


def environment_record(environment: Mapping[str, str]) -> EnvironmentRecord:
    """Versions of Python and packages, the system, and the image.

    Args:
        environment: Environment variables.
    """
    found = {name: _version(name) for name in PACKAGES}
    return EnvironmentRecord(
        python=platform.python_version(),
        platform=f"{platform.system()} {platform.machine()}",
        packages={name: one for name, one in found.items() if one is not None},
        image=environment.get(IMAGE_VARIABLE) or None,
    )


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
