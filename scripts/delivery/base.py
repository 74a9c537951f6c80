"""Another commit of this repository, checked out beside it for a moment."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

from bootstrapping.console import INFRASTRUCTURE, USAGE
from delivery.errors import DeliveryError

# Commits that are fetched more, to see whether a base is part of a branch.
DEEPER = 200
# The last second of the year 9999.
_LAST = 253402300799


class Unreadable(DeliveryError):
    """The remote cannot be read from here, as a private one without credentials."""


def commit_of(root: Path, name: str) -> str:
    """The commit that a name means, fetched where it is not here.

    A build has one commit and no history, so `origin/main` has to be fetched; there
    without its own history. (In a whole clone `--depth` would cut the history off.)

    Args:
        root: The checkout.
        name: A branch of a remote such as `origin/main`, or anything git knows.

    Raises:
        Unreadable: The remote cannot be read.
        DeliveryError: There is no such commit.
    """
    remote, _, branch = name.partition("/")
    remotes = _git(root, "remote").stdout.split()
    told = ""
    if branch and remote in remotes:
        to = f"+refs/heads/{branch}:refs/remotes/{remote}/{branch}"
        depth = ("--depth=1",) if shallow(root) else ()
        fetched = _git(root, "fetch", "--quiet", "--no-tags", *depth, remote, to)
        told = fetched.stderr.strip() if fetched.returncode else ""
    elif branch and not remotes:
        told = f"this checkout has no remote called {remote}"
    found = _commit(root, name)
    if found:
        return found
    if told and "couldn't find remote ref" not in told:
        raise Unreadable(
            f"{name} cannot be fetched, so there is nothing to hold this against",
            (
                f"got: {told[:300]}",
                f"fix: see that this build may read {remote}, or BASE=COMMIT",
            ),
            INFRASTRUCTURE,
        )
    raise DeliveryError(
        f"git knows no commit called {name!r}",
        (f"remotes: {', '.join(remotes) or 'none'}", "fix: BASE=origin/main"),
        USAGE,
    )


def shallow(root: Path) -> bool:
    """Whether the history of a checkout is cut off somewhere."""
    return _git(root, "rev-parse", "--is-shallow-repository").stdout.strip() == "true"


def time_of(root: Path, commit: str) -> str:
    """When a commit was made, as 20261122T051000Z.

    Raises:
        DeliveryError: The checkout does not have it.
    """
    done = _git(root, "show", "--no-patch", "--format=%ct", commit)
    if done.returncode or not done.stdout.strip().isdigit():
        raise DeliveryError(
            f"git does not know when {commit} was made",
            (
                f"got: {done.stderr.strip()[:300] or done.stdout.strip()[:300]}",
                "fix: run it in a checkout of that commit",
            ),
            USAGE,
        )
    # A clock may be wrong by more than there are years; git takes it.
    seconds = min(int(done.stdout.strip()), _LAST)
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y%m%dT%H%M%SZ")


def ancestors(root: Path) -> list[str]:
    """HEAD and what it is known to be made from, the newest first.

    Where the history is cut off, the parents of the last commits are among them: git
    hides them, but the commits themselves still say them.
    """
    known = _git(root, "rev-list", "--date-order", "HEAD").stdout.split()
    hidden: list[str] = []
    for commit in known if shallow(root) else ():
        head = _git(root, "cat-file", "commit", commit).stdout.partition("\n\n")[0]
        words = [line.split() for line in head.splitlines()]
        hidden += [one[1] for one in words if one[:1] == ["parent"] and len(one) > 1]
    return list(dict.fromkeys([*known, *hidden]))


def holds(root: Path, name: str, commit: str) -> bool | None:
    """Whether HEAD has a base among its ancestors; None where nobody can tell.

    Args:
        root: The checkout.
        name: What the base was asked for as, which may say its remote.
        commit: The commit that it means.
    """
    if _joined(root, "--is-ancestor", commit):
        return True
    remote = name.partition("/")[0]
    if shallow(root) and remote in _git(root, "remote").stdout.split():
        more = ("--quiet", "--no-tags", f"--deepen={DEEPER}", remote)
        _git(root, "fetch", *more, _commit(root, "HEAD"), commit)
        if _joined(root, "--is-ancestor", commit):
            return True
    return False if not shallow(root) or _joined(root, commit) else None


@contextmanager
def checked_out(root: Path, commit: str) -> Iterator[Path]:
    """A folder with the files of a commit, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="tidegate-base-") as name:
        folder = Path(name) / "base"
        made = _git(root, "worktree", "add", "--detach", "--force", str(folder), commit)
        if made.returncode:
            raise DeliveryError(
                f"{commit} cannot be checked out", (f"got: {made.stderr.strip()}",)
            )
        try:
            yield folder
        finally:
            _git(root, "worktree", "remove", "--force", str(folder))


def _commit(root: Path, name: str) -> str:
    done = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return done.stdout.strip() if done.returncode == 0 else ""


def _joined(root: Path, *words: str) -> bool:
    return _git(root, "merge-base", *words, "HEAD").returncode == 0


def _git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # The folder of a build may be another user's, which git refuses otherwise.
    # Nobody is there to be asked for a password, and messages are read above.
    said = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ["git", "-c", f"safe.directory={root}", "-C", str(root), *words]
    try:
        return subprocess.run(
            command, capture_output=True, text=True, check=False, env=said
        )
    except OSError as error:
        raise DeliveryError("there is no git", (f"got: {error}",)) from error
