"""The files that a run reads, with their digests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tidegate.config import PipelineConfig
from tidegate.errors import TidegateError
from tidegate.example_gen.keys import STATE
from tidegate.lineage.file_digests import sha256_of
from tidegate.lineage.run_record import InputFile, StoreState

DATA = "data"
_THREADS = 2
_LONGEST_PATH = 4096
# A suite may name further files, relative to itself.
_INNER = {"suite": "suite_file"}

Properties = Mapping[str, Mapping[str, Any]]


def data_files(config: PipelineConfig) -> tuple[InputFile, ...]:
    """The input files of this machine; none where the data are in a store."""
    try:
        files = config.files() or []
    except (TidegateError, OSError):
        # Where it is an error, the run itself ends with it.
        return ()
    return digested((DATA, file) for file in files)


def digested(files: Iterable[tuple[str, Path]]) -> tuple[InputFile, ...]:
    """Files with size and digest, by role and path; those that cannot be read not."""
    wanted = sorted({(role, str(path)) for role, path in files})
    with ThreadPoolExecutor(_THREADS) as pool:
        found = pool.map(lambda one: _input(*one), wanted)
        return tuple(one for one in found if one is not None)


def named_files(properties: Properties) -> list[tuple[str, Path]]:
    """Files that nodes name in their properties, such as schema and suite.

    Args:
        properties: Of each node, by its name.
    """
    found: dict[tuple[str, Path], None] = {}
    for listed in properties.values():
        for name, value in listed.items():
            if (path := _file(value)) is not None:
                found[(name, path)] = None
            for inner in _inner(name, value, listed):
                found[("beside " + _INNER[name], inner)] = None
    return list(found)


def store_states(properties: Properties) -> tuple[StoreState, ...]:
    """What the stores say of the inputs of the nodes that read data from them."""
    return tuple(
        StoreState(node=node, fingerprint=str(listed[STATE]))
        for node, listed in sorted(properties.items())
        if isinstance(listed.get(STATE), str)
    )


def stores_now(
    stores: Sequence[StoreState], config: PipelineConfig
) -> tuple[StoreState, ...]:
    """The same as the stores say it now, of the data that the settings name.

    Raises:
        TidegateError: A store does not answer, or has no such data.
    """
    from tidegate.example_gen.found_inputs import state_of

    if not stores:
        return ()
    texts = [config.data] if isinstance(config.data, str) else config.data
    state = state_of(texts, config.span)
    return tuple(one.model_copy(update={"fingerprint": state}) for one in stores)


def named_now(inputs: Iterable[InputFile]) -> tuple[InputFile, ...]:
    """The files beside the data as they are now; those that are gone not."""
    return digested((one.role, Path(one.path)) for one in inputs if one.role != DATA)


def _input(role: str, path: str) -> InputFile | None:
    try:
        size = Path(path).stat().st_size
        return InputFile(role=role, path=path, size=size, sha256=sha256_of(Path(path)))
    except OSError:
        return None


def _file(value: object, folder: Path | None = None) -> Path | None:
    if not isinstance(value, str) or not 0 < len(value) < _LONGEST_PATH:
        return None
    try:
        path = Path(value) if folder is None else folder / value
        return path.absolute() if path.is_file() else None
    except (OSError, ValueError):  # Text that cannot be a path.
        return None


def _inner(name: str, value: object, listed: Mapping[str, Any]) -> Iterator[Path]:
    """Files that a suite names by a key `file`."""
    suite = _file(listed.get(_INNER.get(name, "")))
    if suite is None or not isinstance(value, str):
        return
    try:
        parsed = json.loads(value)
    except ValueError:
        return
    for text in _values_of("file", parsed):
        if (path := _file(text, suite.parent)) is not None:
            yield path


def _values_of(key: str, part: object) -> Iterator[object]:
    if isinstance(part, dict):
        for name, inner in part.items():
            if name == key:
                yield inner
            yield from _values_of(key, inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _values_of(key, inner)
