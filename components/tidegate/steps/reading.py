"""What executors ask of artifacts, TFX's own or ours, without importing TFX.

Names and meaning are those of `tfx.types.artifact_utils`.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

_SPLIT_NAME = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]*)?")
# Before this version, the folder of a split was called by its bare name.
_VERSION = "tfx_version"
_PREFIXED_SINCE = (0, 29)


def get_single_instance(artifacts: Sequence[Any]) -> Any:
    """The one artifact of the list.

    Raises:
        ValueError: There is not exactly one.
    """
    if len(artifacts) != 1:
        raise ValueError(f"expected one artifact, got {len(artifacts)}")
    return artifacts[0]


def get_single_uri(artifacts: Sequence[Any]) -> str:
    """The URI of the one artifact of the list.

    Raises:
        ValueError: There is not exactly one.
    """
    return str(get_single_instance(artifacts).uri)


def encode_split_names(splits: Sequence[str]) -> str:
    """The names as the property `split_names` has them.

    Raises:
        ValueError: One has other characters than letters, digits, - and _.
    """
    for split in splits:
        if not _SPLIT_NAME.fullmatch(split):
            raise ValueError(f"not a name for a split: {split!r}")
    return json.dumps(list(splits))


def decode_split_names(split_names: str) -> list[str]:
    """The names in the property `split_names`; none if it is empty."""
    return list(json.loads(split_names)) if split_names else []


def get_split_uris(artifacts: Sequence[Any], split: str) -> list[str]:
    """The folder of a split in each of the artifacts.

    Raises:
        ValueError: One does not have the split.
    """
    lacking = [
        one.uri for one in artifacts if split not in decode_split_names(one.split_names)
    ]
    if lacking:
        raise ValueError(f"there is no split {split!r} in {', '.join(lacking)}")
    return [os.path.join(one.uri, _folder(one, split)) for one in artifacts]


def get_split_uri(artifacts: Sequence[Any], split: str) -> str:
    """The folder of a split in the one artifact of the list.

    Raises:
        ValueError: There is not exactly one, or it does not have the split.
    """
    return str(get_single_instance(get_split_uris(artifacts, split)))


def shown_uri(artifact: Any) -> str:
    """Where people find the artifact: not the copy of it that is worked on."""
    return str(getattr(artifact, "shown_uri", None) or artifact.uri)


def _folder(artifact: Any, split: str) -> str:
    """Name of a split's folder, which is bare in artifacts of very old TFX."""
    numbers = re.findall(r"\d+", artifact.get_string_custom_property(_VERSION))
    if numbers and tuple(map(int, numbers[:2])) < _PREFIXED_SINCE:
        return split
    return f"Split-{split}"
