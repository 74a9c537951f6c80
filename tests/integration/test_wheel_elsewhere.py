"""The wheel is enough: a pipeline made and run far from this repository."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tidegate.report.model import read_report

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with nothing but what the wheel installs."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--no-isolation", "--wheel"]
    subprocess.run(
        [*build, "--outdir", str(folder), str(ROOT)], check=True, capture_output=True
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as opened:
        opened.extractall(folder / "site")
    return folder / "site"


def tidegate(site: Path, cwd: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the installed command with the site's own copy of the package."""
    environment = {**os.environ, "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "tidegate.cli.main", *words]
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def test_a_new_pipeline_pushes_a_model_and_stops_on_bad_data(
    site: Path, tmp_path: Path
) -> None:
    made = tidegate(site, tmp_path, "init", "penguins", "--json")
    assert made.returncode == 0, made.stderr
    # How fast it answers says more of the machine that tests than of the model.
    (suite,) = (tmp_path / "penguins").rglob("model_tests.yaml")
    told = suite.read_text()
    assert "p99_at_most_ms: 200}" in told
    suite.write_text(told.replace("p99_at_most_ms: 200}", "p99_at_most_ms: 60000}"))
    good = tidegate(site, tmp_path, "run", "penguins", "--json")
    assert good.returncode == 0, good.stdout + good.stderr
    pushed = Path(json.loads(good.stdout)["pushed"])
    assert pushed.is_relative_to(tmp_path)
    assert (pushed / "saved_model.pb").is_file()

    data = tmp_path / "penguins" / "data" / "penguins.csv"
    broken = tmp_path / "broken.csv"
    broken.write_text(data.read_text().replace("Gentoo", "Gento"))
    bad = tidegate(site, tmp_path, "run", "penguins", "--data", "broken.csv", "--json")
    assert bad.returncode == 1
    result = json.loads(bad.stdout)
    assert result["shut_by"] == "DataGate"
    report = read_report(Path(result["reports"][0]))
    assert {r.subject for r in report.failed} == {"species"}
    assert report.failing_rows == 124


def test_it_is_the_wheel_and_not_the_repository_that_runs(
    site: Path, tmp_path: Path
) -> None:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    shown = subprocess.run(
        [sys.executable, "-c", "import tidegate; print(tidegate.__file__)"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(shown.stdout.strip()).is_relative_to(site)
