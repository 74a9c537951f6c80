"""Repositories with commits whose only file says which one it is, for tests."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from delivery.specs import Outcome

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "small-kfp.yaml"
IDENTITY = ("-c", "user.name=a", "-c", "user.email=a@example.com")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *IDENTITY, *words],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull},
    )
    return done.stdout.strip()


def committed(folder: Path, text: str) -> str:
    (folder / "file").write_text(text)
    git(folder, "add", "file")
    git(folder, "commit", "--quiet", "-m", text)
    return git(folder, "rev-parse", "HEAD")


def compiled_text(said: str, image: str) -> str:
    """What a checkout is compiled to whose file says that."""
    lines = GOLDEN.read_text().replace("small", f"small-{said}").splitlines()
    was = next(line.split("image: ")[1] for line in lines if "image: " in line)
    return "\n".join(lines).replace(was, image) + "\n"


def compile_into(folder: Path, root: Path, image: str) -> list[Outcome]:
    """A compiler that writes a spec which holds the checkout's file."""
    folder.mkdir(parents=True, exist_ok=True)
    said = (root / "file").read_text()
    (folder / "a.prod.yaml").write_text(compiled_text(said, image))
    return [Outcome("a.prod.yaml", 0, "")]
