"""A command line that is wrong, as an error of ours: its words and its files.

Newer versions of typer bring a click of their own, older ones import it; what
typer itself raises is the same in both, so its base class is found from there.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from tidegate.errors import TidegateError, UsageError, disk_full, raise_all

CommandLineError: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def as_usage_error(error: Any) -> UsageError | None:
    """What is wrong with the command line; None if it was empty and help was shown.

    Args:
        error: A `CommandLineError`.
    """
    context = getattr(error, "ctx", None)
    command = "tidegate" if context is None else context.command_path
    message: str = error.format_message().strip().rstrip(".")
    if type(error).__name__ == "NoArgsIsHelpError":
        if message:  # Else typer has printed the help already.
            print(message)
        return None
    message = " ".join(message.split())  # choices come on lines of their own
    return UsageError(
        message[:1].lower() + message[1:], where=command, fix=f"see {command} --help"
    )


def data_files(data: Sequence[str], span: int | None) -> list[Path]:
    """The files that will be read; where that is in doubt, all that may be."""
    from tidegate.columnar.discovery import artifact_files, find
    from tidegate.columnar.formats import format_of

    try:
        found = find(data, Path(), span)
        if found.artifact is None:
            return list(found.files)
        return [path for _, path in artifact_files(found.artifact)]
    except TidegateError:
        # The check itself tells what is wrong with them.
        named = [Path(text) for text in data]
        inside = [
            p for folder in named if os.path.isdir(folder) for p in folder.rglob("*")
        ]
        return [*named, *(path for path in inside if format_of(path.name))]


def demand_own_files(
    outputs: Sequence[tuple[str, Path]],
    inputs: Mapping[str, Sequence[Path]],
    closed: Sequence[tuple[str, Path]] = (),
) -> None:
    """Refuses what would be written over an input, or twice to one file.

    Args:
        outputs: Each option with the file that it writes, derived ones too.
        inputs: Each option with the files that it reads.
        closed: Options with a folder into which nothing may be written.

    Raises:
        UsageError: An output is an input or another output; all, as `Problems`.
    """
    read = {_identity(path): name for name, paths in inputs.items() for path in paths}
    folders = {_identity(path): name for name, path in closed}
    written: dict[object, str] = {}
    errors: list[TidegateError] = []
    for name, path in outputs:
        same = _identity(path)
        inside = folders.get(_identity(path.parent))
        if same in read:
            errors.append(_overwrites(f"{name} would overwrite {read[same]}", path))
        elif inside is not None:
            into = f"{name} would write into the folder of {inside}"
            errors.append(_overwrites(into, path))
        elif same in written:
            both = f"{written[same]} and {name} are one file"
            errors.append(_overwrites(both, path))
        written[same] = name
    raise_all("files would be overwritten", errors)


def demand_writable(outputs: Sequence[tuple[str, Path]]) -> None:
    """Refuses outputs that cannot be made, without making anything.

    Raises:
        UsageError: A folder cannot be made or written to; all, as `Problems`.
    """
    errors: list[TidegateError] = []
    for name, path in outputs:
        try:
            _probe(path)
        except OSError as error:
            errors.append(unwritable(name, path, error))
    raise_all("the files cannot be written", errors)


@contextmanager
def told_if_unwritable(outputs: Sequence[tuple[str, Path]]) -> Iterator[None]:
    """Makes an error of ours of an output that cannot be written after all.

    Args:
        outputs: Each option with the file that it writes.
    """
    try:
        yield
    except OSError as error:
        if error.filename is None:
            raise
        failed = Path(os.fsdecode(error.filename))
        for name, path in outputs:
            # A file under its hidden name, or a folder on the way to it.
            if failed.parent == path.parent or failed in path.parents:
                raise unwritable(name, path, error) from error
        raise


def unwritable(name: str, path: Path, error: OSError) -> TidegateError:
    """The error for an output that cannot be written; a full disk may be retried."""
    if (full := disk_full(error)) is not None:
        return full
    return UsageError(
        f"{name} cannot be written",
        where=str(path),
        expected="a file in a folder that can be made and written to",
        got=error.strerror or str(error),
        fix="name a place that you may write to",
    )


def _probe(path: Path) -> None:
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    except FileNotFoundError:
        pass
    folder = path.parent
    while not os.path.lexists(folder):
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is not a folder")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, f"no permission to write to {folder}")


def _identity(path: Path) -> object:
    """What two paths of one file have in common, links and spellings aside."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return _spelled_out(path)
    return found.st_dev, found.st_ino


def _spelled_out(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except (OSError, ValueError):
        # Too long, or with a NUL: no file has this name, which reading it tells.
        return os.path.abspath(path)


def _overwrites(message: str, path: Path) -> UsageError:
    return UsageError(
        message,
        where=str(path),
        expected="a file of its own for each output, and none that is read",
        fix="give the output another name or folder",
    )
