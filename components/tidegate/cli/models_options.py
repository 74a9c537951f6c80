"""What the commands of `tidegate models` share: the place, the person, the reason."""

from __future__ import annotations

import getpass
import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from tidegate.errors import UsageError

Pushed = Annotated[
    str | None,
    typer.Option(
        "--pushed",
        "-p",
        help="Folder of the pushed models, gs://…, s3://…, or a pipeline folder whose "
        "push_to it is. Default: the one .tidegate/*/pushed that is here.",
    ),
]
Pipeline = Annotated[
    Path | None, typer.Argument(help="Pipeline folder whose push_to it is.")
]
Words = Annotated[
    list[str],
    typer.Argument(
        metavar="VERSION [FOLDER]",
        help="The version; and the pipeline folder, or the folder of the models.",
    ),
]
By = Annotated[
    str | None,
    typer.Option(help="Who answers for it. Default: git's user.name, or who you are."),
]
Reason = Annotated[str, typer.Option(help="Why, for those who read the ledger.")]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
]
_HERE = ".tidegate/*/pushed"
_LEDGER = "ledger"


def place_named(pushed: str | None, pipeline: Path | None = None) -> str:
    """The destination that a command line names.

    Args:
        pushed: What `--pushed` says.
        pipeline: A pipeline folder.

    Raises:
        UsageError: Both are named, or none and there is not one to be seen.
    """
    if pushed is not None and pipeline is not None:
        raise _named_twice([str(pipeline), pushed])
    if pipeline is not None:
        return str(pipeline) if _holds_models(pipeline) else _of_pipeline(pipeline)
    if pushed is None:
        return _the_one_here()
    if "://" not in pushed and (Path(pushed) / "pipeline.py").is_file():
        return _of_pipeline(Path(pushed))
    return pushed


def split(
    words: Sequence[str] | None, pushed: str | None
) -> tuple[tuple[int, ...], str]:
    """The versions of a command line, and the destination that it names.

    Args:
        words: Versions and at most one folder or URL, in any order.
        pushed: What `--pushed` says.

    Raises:
        UsageError: A word is neither, or the destination is named twice or not at all.
    """
    folders = [word for word in words or () if not _is_number(word)]
    versions = tuple(int(word) for word in words or () if _is_number(word))
    for word in folders:
        if "://" not in word and not Path(word).is_dir():
            raise UsageError(
                "that is neither a version nor a folder",
                where=word,
                expected="a version, such as 1763769600, and a pipeline folder",
                got="no whole number, and no folder of that name",
                fix="tidegate models list FOLDER shows the versions",
            )
    if len(folders) + (pushed is not None) > 1:
        raise _named_twice([*folders, *([] if pushed is None else [pushed])])
    if not folders:
        return versions, place_named(pushed)
    if "://" in folders[0]:
        return versions, folders[0]
    return versions, place_named(None, Path(folders[0]))


def one_version(
    words: Sequence[str] | None, pushed: str | None, command: str
) -> tuple[int, str]:
    """The one version of a command line, and the destination that it names.

    Args:
        words: See `split`.
        pushed: What `--pushed` says.
        command: The command, for the error.

    Raises:
        UsageError: As `split` does; or there is not one version.
    """
    versions, where = split(words, pushed)
    if len(versions) == 1:
        return versions[0], where
    raise UsageError(
        "that is more than one version"
        if versions
        else "it is not said which version is meant",
        where=f"tidegate models {command}",
        expected=f"one version: tidegate models {command} VERSION [FOLDER]",
        got=", ".join(map(str, versions)) or "none",
        fix=f"tidegate models list --pushed {shlex.quote(where)} shows them",
    )


def person(by: str | None) -> str:
    """Who answers for it: the name given, git's, or that of the account."""
    if by is not None:
        return by
    return _git_name() or _account()


def demand_models(where: str) -> None:
    """Refuses a place where nothing was pushed.

    Raises:
        UsageError: There is neither a ledger nor a version.
    """
    from tidegate.ledger.destination import destination_of
    from tidegate.ledger.folders import versions_there
    from tidegate.ledger.ledger import Ledger

    destination = destination_of(where)
    if Ledger(destination).numbers() or versions_there(destination):
        return
    raise UsageError(
        "no model was pushed there",
        where=destination.shown,
        expected="a folder with versions, such as 1763769600, and a ledger",
        got="neither",
        fix="name the push_to of a pipeline: --pushed FOLDER; a run pushes to it",
    )


def _named_twice(places: Sequence[str]) -> UsageError:
    return UsageError(
        "the models are named twice",
        where=" and ".join(places),
        expected="one pipeline folder, or --pushed",
        got=f"{len(places)} places",
        fix="leave one out",
    )


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and int(word) > 0


def _holds_models(folder: Path) -> bool:
    """Whether it is a folder of pushed models itself, and no pipeline's."""
    return (folder / _LEDGER).is_dir() and not (folder / "pipeline.py").is_file()


def _of_pipeline(folder: Path) -> str:
    from tidegate.pipeline_folder import PipelineFolder

    return PipelineFolder.find(folder).config().push_to


def _the_one_here() -> str:
    found = sorted(path for path in Path().glob(_HERE) if path.is_dir())
    if len(found) == 1:
        return str(found[0])
    raise UsageError(
        "it is not clear whose models are meant"
        if found
        else "no pushed models are here",
        where=str(Path().absolute()),
        expected=f"one folder {_HERE}",
        got=", ".join(map(str, found)) or "none",
        fix=f"name one: --pushed {found[0]}"
        if found
        else "name a folder, a URL or a pipeline folder: --pushed pipelines/flights",
    )


def _git_name() -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        said = subprocess.run(
            [git, "config", "user.name"],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip() or None


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UsageError(
            "nobody knows who you are",
            where="--by",
            expected="your name",
            got="an account without a name",
            fix='say it: --by "Ada, flights team"',
        ) from None
