"""The files that an ExampleGen reads, and the data set that they make."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tidegate.columnar.dataset import Part
from tidegate.columnar.discovery import artifact_files, find
from tidegate.columnar.discovery_refusals import mixed
from tidegate.columnar.file_names import printable_names
from tidegate.columnar.formats import DataFiles, Format
from tidegate.columnar.open_data import open_parts
from tidegate.columnar.remote.stores import is_url
from tidegate.columnar.spans import with_span
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.example_gen.split_rules import to_text
from tidegate.example_gen.splits import GivenSplits, Splits

Text = str | os.PathLike[str]
Data = Text | Sequence[Text] | Mapping[str, Text | Sequence[Text]]
Texts = list[str] | dict[str, list[str]]
_NO_SPLIT = "data"


@dataclass(frozen=True)
class Inputs:
    """Files of one format.

    Attributes:
        data: The texts that stand for them, absolute and without patterns of
            spans: what is found by them later is the same.
        files: Split and path of each file, in the order wanted.
        kind: What they hold.
        splits: Splits that the files are in already; empty without any.
        span: The span chosen; None without a pattern of spans.
        version: The version chosen; None without a pattern of versions.
    """

    data: Texts
    files: tuple[tuple[str, Path], ...]
    kind: Format
    splits: tuple[str, ...] = ()
    span: int | None = None
    version: int | None = None

    @property
    def paths(self) -> list[Path]:
        """The files."""
        return [path for _, path in self.files]

    def open(self) -> DataFiles:
        """The data set of the files.

        Raises:
            DataError: What has to be read first cannot be read whole.
        """
        parts = [
            Part(name, split, path)
            for name, (split, path) in zip(
                printable_names(self.paths), self.files, strict=True
            )
        ]
        return open_parts(parts, self.kind, span=self.span, keep_records=True)


def as_texts(data: object) -> Texts:
    """Data as a user names them, as lists of text.

    Raises:
        UsageError: Something in them is neither text nor a path.
    """
    if isinstance(data, Mapping):
        if not data:
            raise _no_data(data)
        return {split: _listed(texts) for split, texts in data.items()}
    return _listed(data)


def _listed(data: object) -> list[str]:
    listed = data if isinstance(data, (list, tuple)) else [data]
    texts = [str(one) for one in listed if isinstance(one, (str, os.PathLike))]
    if len(texts) < len(listed):
        raise _no_data(data)
    return texts


def anchored(texts: Sequence[str], base: Path) -> list[str]:
    """The texts with absolute paths; URLs stay."""
    return [text if is_url(text) else _absolute(text, base) for text in texts]


def refuse_second_rule(rule: Splits | None) -> None:
    """Raises UsageError if data that are in splits already are to be split."""
    if rule is None or isinstance(rule, GivenSplits):
        return
    raise UsageError(
        "the data are in splits already",
        where="ExampleGen(splits=…)",
        expected="no rule of splitting",
        got=to_text(rule),
        fix="leave out splits=…, or name the files without their splits",
    )


def find_inputs(data: Data, base: Path, span: int | None = None) -> Inputs:
    """The files behind `data`.

    Args:
        data: Files, folders, globs or patterns of spans (see
            `open_data.open_dataset`), or the folder of an Examples artifact; or
            these for each split by its name.
        base: Folder that relative paths start from.
        span: The span to read; None reads the newest that all patterns have.

    Raises:
        UsageError: Something is not there or cannot be data.
        SecurityError: A link in a folder leads out of it.
    """
    texts = as_texts(data)
    if isinstance(texts, dict):
        return _by_split(texts, base, span)
    return _unsplit(texts, base, span)


def _unsplit(texts: list[str], base: Path, span: int | None) -> Inputs:
    chosen = with_span(texts, base, span)
    found = find(chosen.texts, base, None)
    held = [_absolute(text, base) for text in chosen.texts]
    if found.artifact is not None:
        files = tuple(artifact_files(found.artifact))
        splits = tuple(dict.fromkeys(split for split, _ in files))
        return Inputs(held, files, found.kind, splits, chosen.span, chosen.version)
    files = tuple((_NO_SPLIT, path) for path in found.files)
    return Inputs(held, files, found.kind, (), chosen.span, chosen.version)


def _by_split(data: dict[str, list[str]], base: Path, span: int | None) -> Inputs:
    # All patterns at once, for all splits are to have one span.
    flat = [text for texts in data.values() for text in texts]
    chosen = with_span(flat, base, span)
    left = iter(chosen.texts)
    held = {split: [next(left) for _ in texts] for split, texts in data.items()}
    files: list[tuple[str, Path]] = []
    kinds: dict[Path, Format] = {}
    errors: list[TidegateError] = []
    for split, texts in held.items():
        try:
            found = find(texts, base, None)
            if found.artifact is not None:
                raise _artifact(split, found.artifact)
        except TidegateError as error:
            errors.append(error)
            continue
        files += [(split, path) for path in found.files]
        kinds |= dict.fromkeys(found.files, found.kind)
    errors += _twice(files)
    if len(set(kinds.values())) > 1:
        errors.append(mixed(kinds))
    raise_all("the data cannot be found", errors)
    absolute = {
        split: [_absolute(text, base) for text in texts]
        for split, texts in held.items()
    }
    kind = next(iter(kinds.values()))
    return Inputs(
        absolute, tuple(files), kind, tuple(data), chosen.span, chosen.version
    )


def _absolute(text: str, base: Path) -> str:
    return str(base.absolute() / Path(text).expanduser())


def _twice(files: Sequence[tuple[str, Path]]) -> list[TidegateError]:
    """A file in two splits would let a model be tried on what it has seen."""
    first: dict[Path, str] = {}
    errors: list[TidegateError] = []
    for split, path in files:
        known = first.setdefault(path.resolve(), split)
        if known != split:
            errors.append(
                UsageError(
                    "a file is in two splits",
                    where=str(path),
                    expected="each file in one split",
                    got=f"{known!r} and {split!r}",
                    fix="correct the globs of the splits",
                )
            )
    return errors


def _artifact(split: str, folder: Path) -> UsageError:
    return UsageError(
        "an Examples artifact has splits of its own",
        where=str(folder),
        expected=f"data files for the split {split!r}",
        got="a folder with Split-… folders",
        fix="name it by itself, as ExampleGen(data=…), or name the files of a split",
    )


def _no_data(data: object) -> UsageError:
    return UsageError(
        "these are no data files",
        where="ExampleGen(data=…)",
        expected="paths, folders or globs, as text or paths; or these by split",
        got=repr(data)[:100],
        fix='for example "data/*.csv", or {"train": "data/train/*.csv"}',
    )
