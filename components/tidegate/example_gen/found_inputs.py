"""The inputs of an ExampleGen when it runs: found, and fetched where they are far."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tidegate.columnar.remote import stores
from tidegate.columnar.remote.fetching import Tell, fetch
from tidegate.columnar.remote.mirror import Mirror, mirror
from tidegate.columnar.spans import glob_of, has_span, with_span
from tidegate.errors import DataError
from tidegate.example_gen.inputs import Inputs, Texts, find_inputs


def any_url(data: Texts) -> bool:
    """True if something of the data is named by a URL."""
    return any(stores.is_url(text) for text in _flat(data))


def any_span(data: Texts) -> bool:
    """True if something of the data has a place for a span."""
    return any(has_span(text) for text in _flat(data))


@contextmanager
def found_inputs(
    data: Texts,
    span: int | None,
    *,
    state: str | None = None,
    temporary: str | None = None,
    tell: Tell | None = None,
) -> Iterator[Inputs]:
    """The files behind `data`; those of a store are copied, and removed afterwards.

    Args:
        data: Absolute paths, or URLs.
        span: The span to read where there is a pattern; None reads the newest.
        state: What `state_of` said before; None where nobody asked.
        temporary: Folder for the copies; None for the system's.
        tell: Called with the bytes fetched and those of all.

    Raises:
        UsageError: Something is not there or cannot be data.
        SecurityError: A link, or the name of an object, leads out of its folder.
        InfrastructureError: A store does not answer, or not with all bytes.
    """
    wanted = span if any_span(data) else None
    if not any_url(data):
        yield find_inputs(data, Path(), wanted)
        return
    with mirror(temporary) as made:
        inputs = _mirrored(made, data, wanted)
        if state is not None and made.state(inputs.paths) != state:
            raise changed(inputs.paths)
        fetch(made.chosen(inputs.paths), tell)
        yield inputs


def state_of(data: Texts, span: int | None) -> str:
    """Digest of what the stores say of the inputs; nothing is fetched.

    Raises:
        TidegateError: As `found_inputs`.
    """
    with mirror() as made:
        inputs = _mirrored(made, data, span if any_span(data) else None)
        return made.state(inputs.paths)


def changed(files: Sequence[Path]) -> DataError:
    """The error for data that are not those for which the pipeline was built.

    Their examples would be cached under the fingerprint of other data.
    """
    return DataError(
        "the data changed after the pipeline was built",
        where=", ".join(str(path) for path in files[:3]),
        expected="the content that was there then",
        got="other content",
        fix="run again when no one writes to the files any more",
    )


def _mirrored(made: Mirror, data: Texts, span: int | None) -> Inputs:
    """What is found in a mirror of all places that the texts name."""
    flat = _flat(data)
    for text in filter(has_span, flat):
        made.look(glob_of(text))
    chosen = with_span([made.path_of(text) for text in flat], Path(), span)
    for text, local in zip(flat, chosen.texts, strict=True):
        made.look(made.url_of(local) if stores.is_url(text) else text)
    left = iter(chosen.texts)
    inputs = find_inputs(_each(data, lambda _: next(left)), Path())
    made.describe(inputs.paths)
    return dataclasses.replace(inputs, span=chosen.span, version=chosen.version)


def _flat(data: Texts) -> list[str]:
    listed = data.values() if isinstance(data, Mapping) else [data]
    return [text for texts in listed for text in texts]


def _each(data: Texts, make: Callable[[str], str]) -> Texts:
    if isinstance(data, Mapping):
        return {split: list(map(make, texts)) for split, texts in data.items()}
    return list(map(make, data))
