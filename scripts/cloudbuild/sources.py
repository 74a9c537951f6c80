"""The source of a build as Cloud Build fetches it: one commit, without history.

A trial repository is made of the checkout. Its `main` is what main was before: the
checkout with one line of kubeflow/dev.yaml changed, so that a plan has something to
tell. The change that is built on top is the checkout itself, what is tracked and not
yet committed with it. A later change, on top of that one, takes the line back.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tidegate.errors import UsageError

# Trials leave no trace of a person, and the same content gives the same commits.
_WHO = {
    "GIT_AUTHOR_NAME": "trial",
    "GIT_AUTHOR_EMAIL": "trial@localhost",
    "GIT_COMMITTER_NAME": "trial",
    "GIT_COMMITTER_EMAIL": "trial@localhost",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
MAIN, CHANGE, LATER = "main", "change", "later"
# The line of development's environment in which main differs from the change.
DIFFERENCE = Path("kubeflow", "dev.yaml")
NOW, BEFORE = "  memory: 4Gi\n", "  memory: 3Gi\n"


@dataclass(frozen=True)
class Trial:
    """A repository with a main and a change.

    Attributes:
        origin: The bare repository.
        older: Commit of the checkout, which no trial build is of.
        main: Commit that main is at before the change is merged.
        change: Commit of the change: the files of the checkout.
        later: Commit of a change to that one.
    """

    origin: Path
    older: str
    main: str
    change: str
    later: str

    def merge(self) -> None:
        """Moves main to the change."""
        git(self.origin, "update-ref", f"refs/heads/{MAIN}", self.change)

    def refs(self) -> str:
        """All names of the repository with their commits."""
        return git(self.origin, "for-each-ref")


def trial_repository(checkout: Path, folder: Path, committed: bool = False) -> Trial:
    """A trial repository of the checkout, in `folder`.

    Args:
        checkout: The checkout.
        folder: Where the repository goes.
        committed: Whether changes that are not committed are left out.

    Raises:
        UsageError: The checkout is no git repository.
    """
    origin, work = folder / "origin.git", folder / "making"
    git(checkout, "clone", "--quiet", "--bare", str(checkout), str(origin))
    git(checkout, "clone", "--quiet", "--shared", str(origin), str(work))
    date = git(work, "log", "-1", "--format=%cI").strip()
    older = git(work, "rev-parse", "HEAD").strip()
    changes = b"" if committed else _run(checkout, ("diff", "--binary", "HEAD"))
    if changes:
        _run(work, ("apply", "--index", "--whitespace=nowarn", "-"), changes)
    path = work / DIFFERENCE
    text = path.read_text(encoding="utf-8")
    if NOW not in text:
        raise UsageError(
            "the trial has no line to differ in",
            where=str(DIFFERENCE),
            expected=repr(NOW),
            fix="name another line in scripts/cloudbuild/sources.py",
        )
    path.write_text(text.replace(NOW, BEFORE, 1), encoding="utf-8")
    main = _commit(work, "As main was before the change", date)
    path.write_text(text, encoding="utf-8")
    change = _commit(work, "The change", date)
    path.write_text(text.replace(NOW, BEFORE, 1), encoding="utf-8")
    later = _commit(work, "A later change", date)
    for name, commit in ((MAIN, main), (CHANGE, change), (LATER, later)):
        git(work, "push", "--quiet", "--force", "origin", f"{commit}:refs/heads/{name}")
    git(origin, "config", "uploadpack.allowAnySHA1InWant", "true")
    return Trial(origin, older, main, change, later)


def workspace(origin: Path, commit: str, folder: Path, url: str) -> Path:
    """A workspace with the files of one commit, as Cloud Build fetches it.

    Args:
        origin: The repository.
        commit: Which commit.
        folder: Where it goes; made here.
        url: What the workspace's remote is to be called.
    """
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", f"file://{origin}")
    git(folder, "fetch", "--quiet", "--depth=1", "origin", commit)
    git(folder, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    git(folder, "remote", "set-url", "origin", url)
    return folder


def uncommitted(checkout: Path) -> list[str]:
    """Tracked files of the checkout with changes that are not committed."""
    return git(checkout, "diff", "--name-only", "HEAD").splitlines()


def git(folder: Path, *words: str) -> str:
    """What a git command prints.

    Raises:
        UsageError: It failed.
    """
    return _run(folder, words).decode(errors="replace")


def _run(folder: Path, words: Iterable[str], given: bytes = b"") -> bytes:
    command = ["git", "-c", "safe.directory=*", "-C", str(folder), *words]
    done = subprocess.run(
        command, input=given, capture_output=True, env={**os.environ, **_WHO}
    )
    if done.returncode:
        raise UsageError(
            f"git {' '.join(command[5:7])} failed",
            where=str(folder),
            got=done.stderr.decode(errors="replace").strip()[:400],
            fix="run it in a checkout of the repository",
        )
    return done.stdout


def _commit(work: Path, words: str, date: str) -> str:
    env = {**os.environ, **_WHO, "GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
    command = ["git", "-C", str(work), "commit", "--quiet", "-a", "--allow-empty"]
    subprocess.run([*command, "-m", words], env=env, check=True)
    return git(work, "rev-parse", "HEAD").strip()
