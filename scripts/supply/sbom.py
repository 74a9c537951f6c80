"""Bills of materials in CycloneDX JSON, the same bytes from the same inputs.

`image.cdx.json` lists what the container image is made of: every package of its
lock, with the hashes that its files may have, and the base image by its digest.
`wheel.cdx.json` lists what the wheel asks for, and the wheel's own hash.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from importlib import import_module
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from bootstrap import home
from bootstrapping import metadata
from supply import bill
from tidegate.documents import Document
from tidegate.errors import ComponentError, UsageError

FOLDER = Path("build", "sbom")
SPEC = "1.6"
IMAGE_EXTRAS = ("gcs", "s3")
# The first holds what the image does; the other knows some of the same versions.
LICENSES_FROM = ("tfx-1.21", "tfx-1.16")


def write(root: Path) -> tuple[Path, ...]:
    """Writes the bill of the image, and of the wheel where dist/ has one.

    Raises:
        ComponentError: A bill is not valid CycloneDX.
        UsageError: dist/ has several wheels.
    """
    known = _known(home())
    bills = {"image": _of_image(root, known)}
    wheels = sorted((root / "dist").glob("*.whl"))
    if len(wheels) > 1:
        raise UsageError(
            "there are several wheels", where=str(root / "dist"), fix="make wheel"
        )
    if wheels:
        bills["wheel"] = _of_wheel(root, wheels[0])
    folder = root / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(
        _written(folder / f"{name}.cdx.json", text) for name, text in bills.items()
    )


def _of_image(root: Path, known: Mapping[str, Any]) -> str:
    lock = (root / "requirements" / "image.lock").read_text(encoding="utf-8")
    made = bill.with_links(_listed(root, lock), known)
    said = metadata.declared(root / "setup.py")
    direct = [*said["install_requires"]]
    for extra in IMAGE_EXTRAS:
        direct += said["extras_require"][extra]
    names = [Requirement(line).name for line in direct]
    images = Document.read(root / "kubeflow" / "images.yaml").data["images"]
    return _valid(bill.with_root(bill.on_base(made, images["base"]), names))


def _of_wheel(root: Path, wheel: Path) -> str:
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        said = HeaderParser().parsestr(archive.read(name).decode("utf-8"))
    asked = [Requirement(line) for line in said.get_all("Requires-Dist") or ()]
    # What an extra brings is asked for by who asks for the extra.
    lines = [str(each) for each in asked if "extra" not in str(each.marker or "")]
    made = bill.with_links(_listed(root, "\n".join(lines) + "\n", keep=True), {})
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    names = [Requirement(line).name for line in lines]
    return _valid(bill.of_file(bill.with_root(made, names), wheel.name, digest))


def _listed(root: Path, requirements: str, keep: bool = False) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="tidegate-sbom-") as within:
        source, project = (
            Path(within, "requirements.txt"),
            Path(within, "pyproject.toml"),
        )
        source.write_text(requirements, encoding="utf-8")
        project.write_text(_project(root), encoding="utf-8")
        words = ["requirements", str(source), "--pyproject", str(project)]
        return bill.plain(_cyclonedx(words), keep)


def _project(root: Path) -> str:
    said = metadata.declared(root / "setup.py")
    fields = ("name", "version", "description", "license")
    return "[project]\n" + "".join(
        f"{field} = {json.dumps(said[field])}\n" for field in fields
    )


def _known(venvs: Path) -> dict[str, Any]:
    """Licenses and links of the versions that are installed here, by purl."""
    found: dict[str, Any] = {}
    for name in LICENSES_FROM:
        python = venvs / name / "bin" / "python"
        if python.exists():
            for purl, facts in bill.facts(
                _cyclonedx(["environment", str(python)])
            ).items():
                found.setdefault(purl, facts)
    return found


def _cyclonedx(words: list[str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "cyclonedx_py", *words]
    command += ["--output-reproducible", "--of=JSON", f"--sv={SPEC}", "-o", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ComponentError(
            "the bill of materials could not be made",
            got=(done.stderr.strip().splitlines() or ["no word"])[-1][:300],
        )
    return dict(json.loads(done.stdout))


def _valid(made: Mapping[str, Any]) -> str:
    schema = import_module("cyclonedx.schema").SchemaVersion.V1_6
    validator = import_module("cyclonedx.validation.json").JsonStrictValidator(schema)
    text = json.dumps(made, indent=2, sort_keys=True) + "\n"
    fault = validator.validate_str(text)
    if fault is not None:
        raise ComponentError("the bill is not valid CycloneDX", got=str(fault)[:300])
    return text


def _written(path: Path, text: str) -> Path:
    temporary = path.with_suffix(f".{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)
    return path
