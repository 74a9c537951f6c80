"""The code that made a model: commit, and a digest of the pipeline's files."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tidegate.ledger.events import CodeRecord

# Says the commit where there is no git, as in an image.
VERSION_VARIABLE = "TIDEGATE_CODE_VERSION"
_SECONDS = 20
_CACHES = "__pycache__"


def code_record(code: str | None, environment: Mapping[str, str]) -> CodeRecord:
    """What is known of the code.

    Args:
        code: A Python file of the pipeline; None where none is known.
        environment: Environment variables.
    """
    import tidegate

    folder = None if code is None else Path(code).parent
    commit, dirty = environment.get(VERSION_VARIABLE) or None, None
    if commit is None:
        commit, dirty = _git(folder or Path.cwd())
    return CodeRecord(
        tidegate=tidegate.__version__,
        commit=commit,
        dirty=dirty,
        digest=None if folder is None else _digest(folder),
    )


def _digest(folder: Path) -> str | None:
    """SHA-256 over names and contents of all Python files; None without any."""
    whole, files = hashlib.sha256(), 0
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if hidden or _CACHES in name.parts or not path.is_file():
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{name.as_posix()}:{content}\n".encode())
        files += 1
    return whole.hexdigest() if files else None


def _git(folder: Path) -> tuple[str | None, bool | None]:
    """Commit of the git that the folder is in, and whether files differ from it."""
    commit = _said(folder, "rev-parse", "--verify", "HEAD")
    if commit is None:
        return None, None
    changed = _said(folder, "status", "--porcelain", "--untracked-files=no")
    return commit, None if changed is None else bool(changed)


def _said(folder: Path, *words: str) -> str | None:
    """What git says; None where there is none, or it does not want to."""
    # Looking must not wait for, nor take, a lock of somebody who works there.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
