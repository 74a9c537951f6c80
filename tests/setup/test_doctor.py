"""`tidegate doctor` says what is missing, and what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from typer import Typer
from typer.testing import CliRunner

from tidegate import doctor
from tidegate.cli.doctor import doctor as command


def answers(checks: list[doctor.Check], *arguments: str) -> tuple[int, str]:
    app = Typer()
    app.command()(command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tidegate.doctor.examine", lambda: checks)
        result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.output


def test_every_line_that_is_not_well_has_a_fix() -> None:
    checks = doctor.examine()
    assert len({check.name for check in checks}) == len(checks)
    assert all(check.ok or check.fix for check in checks)


def test_this_environment_is_well() -> None:
    assert [check for check in doctor.examine() if check.needed and not check.ok] == []


@pytest.mark.parametrize(
    ("line", "ok", "found"),
    [
        ("packaging>=1", True, ""),
        ("packaging<1", False, "not <1"),
        ("no-such-package==2", False, "missing"),
    ],
)
def test_package_is_held_against_its_pin(line: str, ok: bool, found: str) -> None:
    check = doctor.package(Requirement(line))
    assert check.ok is ok
    assert found in check.found
    assert ok or (check.fix and line in check.fix)


def test_missing_need_ends_with_an_error() -> None:
    missing = doctor.Check("tfx", False, "missing", "python -m pip install tfx")
    code, output = answers([missing])
    assert code == 4
    assert "python -m pip install tfx" in output


def test_missing_convenience_is_shown_but_no_error() -> None:
    check = doctor.Check("compiler", False, "missing", "get one", needed=False)
    code, output = answers([check])
    assert code == 0
    assert "get one" in output


def test_json_tells_the_same() -> None:
    missing = doctor.Check("tfx", False, "missing", "install it")
    code, output = answers([missing], "--json")
    said = json.loads(output)
    assert (code, said["ok"]) == (4, False)
    assert said["checks"][0]["fix"] == "install it"


def test_available_memory_is_read_in_bytes(tmp_path: Path) -> None:
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:    2048 kB\n")
    assert doctor.available_memory(tmp_path / "meminfo") == 2 * 2**20
    assert doctor.available_memory(tmp_path / "none") is None


def test_doctor_imports_nothing_heavy() -> None:
    code = (
        "import sys, tidegate.cli.doctor, tidegate.doctor as d; d.examine();"
        "print([m for m in ('tensorflow', 'tfx', 'apache_beam') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
