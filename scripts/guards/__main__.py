"""Checks every rule of the house: `python scripts/guards`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from guards import rules  # noqa: E402


def faults() -> Iterator[str]:
    """Whatever breaks a rule in this checkout."""
    for rule in rules.TREE_RULES:
        yield from rule(ROOT)
    with tempfile.TemporaryDirectory() as folder:
        yield from rules.wheel_has_one_package(built_wheel(Path(folder)))


def built_wheel(folder: Path) -> Path:
    """The wheel of this checkout, built from a copy so that nothing is left."""
    source = folder / "source"
    left_out = shutil.ignore_patterns("*.egg-info", "__pycache__")
    shutil.copytree(ROOT / "components", source / "components", ignore=left_out)
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        if (ROOT / name).exists():
            shutil.copy2(ROOT / name, source / name)
    command = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    command += ["--outdir", str(folder), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"the wheel cannot be built:\n{done.stdout[-2000:]}{done.stderr}")
    return next(folder.glob("*.whl"))


def main() -> int:
    """Prints every fault; returns 1 if there is any."""
    found = list(faults())
    for fault in found:
        print(f"✗ {fault}", file=sys.stderr)
    print(f"guards: {len(rules.TREE_RULES) + 1} rules, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
