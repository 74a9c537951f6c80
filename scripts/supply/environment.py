"""Makes the environment of the supply-chain tools: `make audit`, `make sbom` ….

    python3 scripts/supply/environment.py

Prints the path of its Python. It stands apart from the stacks, because its
packages want newer ones than TFX pins, and is made on first use.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components")]

from bootstrap import home  # noqa: E402
from bootstrapping import interpreters, toolchain  # noqa: E402
from bootstrapping.console import Progress, SetUpError  # noqa: E402
from bootstrapping.environment import STAMP, Environments, packages  # noqa: E402
from bootstrapping.metadata import digest  # noqa: E402

LOCK = "security.lock"
PYTHONS = ((3, 13), (3, 12), (3, 11), (3, 10))


class Tools(Environments):
    """The one environment, beside those of the stacks.

    Whole and stamped with its lock's digest, or made anew: set-up may be killed
    at any moment.
    """

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.home / "security"

    @property
    def executable(self) -> Path:
        """Its Python, there or not."""
        return self.folder / "bin" / "python"

    def whole(self) -> bool:
        """True if it is of today's lock and its Python is still there."""
        try:
            stamp = json.loads((self.folder / STAMP).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return stamp == self._today() and self.executable.exists()

    def ensure(self, variables: Mapping[str, str]) -> Path:
        """Its Python, made first where it is not there."""
        if not self.whole():
            with self.alone():
                if not self.whole():  # Another set-up made it while we waited.
                    self._make(variables)
        return self.executable

    def _make(self, variables: Mapping[str, str]) -> None:
        today = self._today()
        uv = toolchain.uv(self.root, self.home, variables)
        settings = toolchain.for_uv(variables, self.home)
        base = suitable(interpreters.find(variables))
        shutil.rmtree(self.folder, ignore_errors=True)
        lock = str(self.root / "requirements" / LOCK)
        with Progress("tools of the supply chain", "half a minute the first time"):
            venv = [uv, "venv", "--quiet", "--python", base.path, str(self.folder)]
            self._run(venv, settings)
            install = [uv, "pip", "install", "--quiet", "--require-hashes", "--no-deps"]
            install += ["--only-binary", ":all:", "--python", str(self.executable)]
            self._run([*install, "-r", lock], settings)
        path = self.folder / STAMP
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps(today), encoding="utf-8")
        os.replace(temporary, path)

    def _today(self) -> dict[str, str]:
        text = (self.root / "requirements" / LOCK).read_text(encoding="utf-8")
        return {"packages": digest("security", packages(text))}


def suitable(pythons: list[interpreters.Interpreter]) -> interpreters.Interpreter:
    """The newest Python here that the lock holds for.

    Raises:
        SetUpError: There is none.
    """
    found = interpreters.choose(pythons, PYTHONS)
    if found is None:
        raise SetUpError(
            "no Python here can run the tools of the supply chain",
            ("they need Python 3.10 to 3.13", "fix: apt-get install python3-venv"),
        )
    return found


def main() -> int:
    """Makes the environment where need be; prints its Python."""
    try:
        print(Tools(ROOT, home()).ensure(os.environ))
    except SetUpError as error:
        error.show()
        return error.code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
