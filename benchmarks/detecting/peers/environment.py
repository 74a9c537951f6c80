"""Environments of the tools that cannot live in ours, from locks with hashes.

The locks are written by `python benchmarks/detecting/peers/environment.py --lock`.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
HOME = ROOT / ".venv" / "peers"
PYTHON = "3.11"
_STAMP = "lock.txt"

sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components")]

from bootstrapping import toolchain  # noqa: E402


@dataclass(frozen=True)
class Environment:
    """What one tool runs in.

    Attributes:
        name: Of its folder.
        lock: File in requirements/.
        requirements: What the lock is made from.
        bare: Requirements that come without what they ask for themselves.
    """

    name: str
    lock: str
    requirements: tuple[str, ...]
    bare: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Where the lock lies."""
        return ROOT / "requirements" / self.lock


MONITORS = Environment(
    "monitors",
    "bench-detection-peers.txt",
    (
        "evidently==0.7.23",
        "popmon==1.4.12",
        "pandas<3",
        "pyarrow",
        "python-dateutil<3",
    ),
)
# gate-drift asks for sentence-transformers, 5 GB with PyTorch and CUDA, which a
# check without embeddings does not use; what else comes by it is named here.
GATE = Environment(
    "gate",
    "bench-detection-gate.txt",
    (
        "numpy>=1.24.2,<2",
        "pandas>=2,<3",
        "pillow",
        "polars>=0.17.5,<0.18",
        "pyarrow>=11,<12",
        "python-dateutil<3",
        "requests",
        "scikit-learn>=1.2.2,<2",
        "scipy",
    ),
    bare=("gate-drift==0.1.5",),
)
ENVIRONMENTS = (MONITORS, GATE)


def make_environment(wanted: Environment, home: Path = HOME) -> Path:
    """The Python of the environment, made first where it is not there.

    Args:
        wanted: Which one.
        home: Folder of the environments.

    Raises:
        subprocess.CalledProcessError: A step failed; its words are on stderr.
    """
    folder = home / wanted.name
    python = folder / "bin" / "python"
    lock = wanted.path.read_text(encoding="utf-8")
    if _whole(folder, lock):
        return python
    with _alone(home):
        if not _whole(folder, lock):  # Another process may have made it by now.
            _install(wanted, folder, python)
            (folder / _STAMP).write_text(lock, encoding="utf-8")
    return python


def _whole(folder: Path, lock: str) -> bool:
    stamp = folder / _STAMP
    if not stamp.exists() or not (folder / "bin" / "python").exists():
        return False
    return stamp.read_text(encoding="utf-8") == lock


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    home.mkdir(parents=True, exist_ok=True)
    with open(home / "lock", "w", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _install(wanted: Environment, folder: Path, python: Path) -> None:
    print(f"… making the environment of {wanted.lock}", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    _uv("venv", "--quiet", "--python", PYTHON, str(folder))
    _uv(
        *("pip", "install", "--quiet", "--require-hashes", "--no-deps"),
        *("--compile-bytecode", "--python", str(python), "-r", str(wanted.path)),
    )


def write_lock(wanted: Environment) -> None:
    """Resolves the requirements and writes the lock."""
    text = _compiled(wanted.bare, "--no-deps") if wanted.bare else ""
    text += _compiled(wanted.requirements)
    header = f"# Written by {Path(__file__).relative_to(ROOT)} --lock; not by hand.\n"
    wanted.path.write_text(header + text, encoding="utf-8")


def _compiled(requirements: tuple[str, ...], *options: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "wanted.in"), Path(folder, "lock.txt")
        source.write_text("\n".join(requirements) + "\n", encoding="utf-8")
        _uv(
            *("pip", "compile", "--quiet", "--no-header", "--no-annotate"),
            *("--generate-hashes", "--universal", "--python-version", PYTHON),
            *(*options, source.name, "--output-file", target.name),
            # Not among our files, whose settings of uv are those of our locks.
            folder=Path(folder),
        )
        return target.read_text(encoding="utf-8")


def _uv(*arguments: str, folder: Path = ROOT) -> None:
    home = ROOT / ".venv"
    uv = toolchain.uv(ROOT, home, os.environ)
    settings = toolchain.for_uv(os.environ, home)
    subprocess.run([uv, *arguments], env=settings, cwd=folder, check=True)


def main() -> None:
    """Makes the environments, or with --lock their locks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--lock", action="store_true", help="write the locks anew")
    options = parser.parse_args()
    for wanted in ENVIRONMENTS:
        if options.lock:
            write_lock(wanted)
        else:
            print(make_environment(wanted))


if __name__ == "__main__":
    main()
