"""Locks of the stacks, the image and uv: `make lock`, `make lock-check`.

Every lock names the digest of its inputs in its first lines, so that a stale
one is seen offline, without resolving anything.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bootstrapping import metadata

ROOT = Path(__file__).resolve().parents[1]
UV_VERSION = "0.13.8"
INPUTS = re.compile(r"^# inputs: ([0-9a-f]{64})$", re.MULTILINE)

# Where the 1.21 lock must hold (pyproject.toml, tool.uv.environments); uv says
# so behind every line, which buries the few markers that matter.
EVERYWHERE = (
    " ; (python_full_version < '3.14' and platform_machine == 'arm64'"
    " and sys_platform == 'darwin') or (python_full_version < '3.14'"
    " and platform_machine == 'x86_64' and sys_platform == 'linux')"
)


# scripts/supply/ runs on these: audit, SBOM, signature and workflow rules.
SECURITY = (
    "check-jsonschema>=0.33",
    "cyclonedx-bom[validation]>=7.5",
    "model-signing>=1.1",
    "packaging>=24",
    # The first that asks an OSV service of one's own.
    "pip-audit>=2.10",
    "pyOpenSSL>=24",
    "PyYAML>=6.0",
    "zizmor>=1.9",
)


@dataclass(frozen=True)
class Lock:
    """One lock file and how uv makes it.

    Attributes:
        name: File in requirements/.
        arguments: Of `uv pip compile`: for which Pythons and machines.
        lines: Requirements in place of setup.py's, where there are any.
        extras: Optional parts of the product that it holds.
    """

    name: str
    arguments: tuple[str, ...]
    lines: tuple[str, ...] = ()
    extras: tuple[str, ...] = ("demo", "dev")

    @property
    def path(self) -> Path:
        """Where it lies."""
        return ROOT / "requirements" / self.name

    def inputs(self, root: Path = ROOT) -> str:
        """Digest of everything that the lock follows from."""
        source = self.lines or metadata.requirements(root / "setup.py")
        return metadata.digest(self.name, self.arguments, self.extras, source)


LOCKS = (
    Lock(
        "tfx-1.16.lock",
        ("--python-version", "3.10", "--python-platform", "x86_64-manylinux_2_28"),
    ),
    Lock("tfx-1.21.lock", ("--python-version", "3.11", "--universal")),
    # What the container image holds: the versions of the 1.21 stack that are
    # tested, without what only developers need, and with the stores of clusters.
    Lock(
        "image.lock",
        (
            *("--python-version", "3.13", "--python-platform", "x86_64-manylinux_2_39"),
            *("--constraint", "requirements/tfx-1.21.lock"),
        ),
        extras=("gcs", "s3"),
    ),
    Lock(
        "tools.lock",
        ("--python-version", "3.8", "--universal"),
        lines=(f"uv=={UV_VERSION}",),
    ),
    # What looks at our own supply chain stands apart from what it looks at: its
    # packages want newer ones than TFX pins, and a stack must not move for them.
    Lock("security.lock", ("--python-version", "3.10", "--universal"), SECURITY),
)


def write(lock: Lock, uv: str, upgrade: bool) -> None:
    """Compiles one lock; versions stay as they are unless they must move."""
    command = [uv, "pip", "compile", "--quiet", "--no-header", "--no-annotate"]
    command += ["--generate-hashes", *lock.arguments, *(["--upgrade"] * upgrade)]
    command += ["--output-file", str(lock.path)]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "tools.in")
        if lock.lines:
            source.write_text("\n".join(lock.lines) + "\n", encoding="utf-8")
            command += [str(source)]
        else:
            command += [str(ROOT / "setup.py")]
            command += [f"--extra={extra}" for extra in lock.extras]
        # pyproject.toml says where a stack's lock must hold; tools run elsewhere too.
        subprocess.run(command, cwd=folder if lock.lines else ROOT, check=True)
    body = lock.path.read_text(encoding="utf-8").replace(EVERYWHERE, "")
    lock.path.write_text(header(lock) + _without_header(body), encoding="utf-8")


def header(lock: Lock) -> str:
    """The first lines of a lock."""
    return (
        "# Written by `make lock` from setup.py; not by hand.\n"
        f"# inputs: {lock.inputs()}\n"
    )


def stale(lock: Lock, text: str, root: Path = ROOT) -> str | None:
    """Why the lock's text cannot be trusted; None where it can."""
    stated = INPUTS.search(text)
    if stated is None:
        return f"{lock.name} does not say what it was made from"
    if stated.group(1) != lock.inputs(root):
        return f"{lock.name} is older than the requirements that it is made from"
    pinned = re.findall(r"^([a-z0-9][a-z0-9._-]*)==\S+(.*(?:\n {4}.*)*)", text, re.M)
    bare = [name for name, rest in pinned if "--hash=sha256:" not in rest]
    if bare or not pinned:
        return f"{lock.name} has lines without a hash: {', '.join(bare) or 'all'}"
    if "://" in text:
        return f"{lock.name} names the host of a package index"
    return None


def _without_header(text: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("#"))


def _text(lock: Lock) -> str:
    return lock.path.read_text(encoding="utf-8") if lock.path.exists() else ""


def main() -> int:
    """Writes the locks, or with --check tells whether any is stale."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only look, offline")
    parser.add_argument("--upgrade", action="store_true", help="take newer versions")
    parser.add_argument("--uv", default="uv", help="the uv to run")
    options = parser.parse_args()
    if options.check:
        faults = [fault for lock in LOCKS if (fault := stale(lock, _text(lock)))]
        for fault in faults:
            print(f"✗ {fault}; run `make lock`", file=sys.stderr)
        return 1 if faults else 0
    for lock in LOCKS:
        print(f"… {lock.name}", flush=True)
        write(lock, options.uv, options.upgrade)
    return 0


if __name__ == "__main__":
    sys.exit(main())
