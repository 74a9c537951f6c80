"""The code that a run uses: files, commit, and whether they agree."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from tidegate import __version__
from tidegate.lineage.file_digests import joined, sha256_of
from tidegate.lineage.run_record import Code

_PACKAGE = Path(__file__).resolve().parents[1]
_GIT_SECONDS = 5.0
_INSTALLED = ("site-packages", "dist-packages")


def code_of(
    folder: Path, root: Path, more: Iterable[Path] = (), *, git: bool = True
) -> Code:
    """The Python files below a pipeline's folder, and those given beside them.

    Args:
        folder: Folder of the pipeline.
        root: Folder from which names count; files outside keep their whole path.
        more: Other files that the run uses.
        git: Whether to ask git for the commit.
    """
    own = [one for one in folder.rglob("*.py") if one.is_file()]
    paths = {one.resolve() for one in (*own, *more)}
    files = {_name(one, root.resolve()): sha256_of(one) for one in sorted(paths)}
    commit, dirty = commit_of(folder) if git else (None, None)
    return Code(
        tidegate=__version__,
        commit=commit,
        dirty=dirty,
        digest=joined(files) if files else None,
        files=files,
        root=str(root.resolve()),
        package=package_digest(),
    )


def listed_again(code: Code, folder: Path) -> Code:
    """The same code as it is now: the same files, where they are, and new ones."""
    root = Path(code.root)
    more = [root / name for name in code.files if (root / name).is_file()]
    return code_of(folder, root, more)


def imported_below(root: Path) -> list[Path]:
    """Files of the modules imported so far that are below a folder.

    What is installed there, as in an environment within the project, is not the
    project's.
    """
    base = root.resolve()
    found = []
    for module in list(sys.modules.values()):
        file = _file_of(module)
        if file is None or not file.endswith(".py"):
            continue
        path = Path(file).resolve()
        inside = base in path.parents and _PACKAGE not in path.parents
        if inside and not set(_INSTALLED) & set(path.parts) and path.is_file():
            found.append(path)
    return sorted(set(found))


@cache
def package_digest() -> str:
    """SHA-256 over the Python files of tidegate as it is installed."""
    files = {
        str(one.relative_to(_PACKAGE)): sha256_of(one)
        for one in sorted(_PACKAGE.rglob("*.py"))
    }
    return joined(files)


def commit_of(folder: Path) -> tuple[str | None, bool | None]:
    """Commit of the git that a folder is in, and whether files below differ from it.

    Returns:
        Two None where there is no git, or it does not answer.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None, None
    status = _git(folder, "status", "--porcelain", "--", str(folder))
    return commit, None if status is None else bool(status)


def changed_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Files that were changed, added or removed, each in words."""
    both = sorted({*before, *now})
    said = {
        name: "is new"
        if name not in before
        else "is gone"
        if name not in now
        else "changed"
        for name in both
        if before.get(name) != now.get(name)
    }
    return [f"{name} {word}" for name, word in said.items()]


def _file_of(module: object) -> str | None:
    """File of a module, asked so that one which loads at its first use does not."""
    try:
        file = object.__getattribute__(module, "__dict__").get("__file__")
    except AttributeError:
        return None
    return file if isinstance(file, str) else None


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _name(path: Path, root: Path) -> str:
    return str(path.relative_to(root) if root in path.parents else path)
