"""Only a whole answer counts: whatever else pip-audit does is told as no answer."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.supply.answers import PILLOWCASE, answer, vulnerability

from supply import audit, service
from supply.locks import Pin
from tidegate.errors import ExitCode, InfrastructureError

WHOLE = json.dumps(answer(PILLOWCASE, pillowcase=[vulnerability("GHSA-x")]))


def program(write: str, code: int, words: str = "") -> Callable[..., Any]:
    """A stand-in for pip-audit: what it writes, says, and ends with."""
    real = subprocess.run

    def run(command: list[str], **options: Any) -> Any:
        path = next(
            one.removeprefix("--output=") for one in command if "--output=" in one
        )
        script = (
            "import sys, pathlib;"
            f"{write!r} and pathlib.Path({path!r}).write_text({write!r});"
            f"sys.stderr.write({words!r}); sys.exit({code})"
        )
        return real([sys.executable, "-c", script], **options)

    return run


@pytest.mark.parametrize("code", [0, 1])
def test_whole_answer_is_taken(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    monkeypatch.setattr(subprocess, "run", program(WHOLE, code))
    said = service.ask([PILLOWCASE], "https://osv.example/v1/query")
    assert said["dependencies"][0]["vulns"][0]["id"] == "GHSA-x"


@pytest.mark.parametrize(
    ("write", "code", "words"),
    [
        ("", 1, "Traceback …\nConnectionError: refused"),
        ("", 0, ""),
        (WHOLE, 2, "broken"),
        (WHOLE[:20], 0, ""),
        ("[]", 0, ""),
        ('{"error": "busy"}', 0, ""),
    ],
)
def test_anything_else_is_no_answer(
    monkeypatch: pytest.MonkeyPatch, write: str, code: int, words: str
) -> None:
    monkeypatch.setattr(subprocess, "run", program(write, code, words))
    with pytest.raises(InfrastructureError, match="nothing is known") as caught:
        service.ask([PILLOWCASE], "https://osv.example/v1/query")
    assert caught.value.exit_code is ExitCode.INFRASTRUCTURE
    assert "OSV_URL" in str(caught.value)
    assert (words.splitlines()[-1:] or [""])[0] in str(caught.value)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    folder = tmp_path / "requirements"
    folder.mkdir()
    for name in ("image", "tfx-1.21", "tfx-1.16", "tools", "security"):
        (folder / f"{name}.lock").write_text(
            f"quilt==1.0 \\\n    --hash=sha256:{'0' * 64}\n"
        )
    (folder / "image.lock").write_text(PILLOWCASE.line())
    (folder / "advisories.yaml").write_text("advisories: []\n")
    return tmp_path


def test_audit_of_a_checkout_tells_the_lock(checkout: Path) -> None:
    def ask(pins: list[Pin]) -> Any:
        return answer(*dict.fromkeys(pins), pillowcase=[vulnerability("GHSA-x")])

    done = audit.audit(checkout, checkout, date(2030, 1, 1), ask)
    assert [found.lock for found, _ in done.new] == ["image"]
    assert done.exit_code is ExitCode.TESTS_FAILED
    assert json.loads(done.as_json())["exit_code"] == 1


def test_audit_that_leaves_a_pin_out_is_no_audit(checkout: Path) -> None:
    with pytest.raises(InfrastructureError, match="every locked version"):
        audit.audit(checkout, checkout, date(2030, 1, 1), lambda _: answer(PILLOWCASE))
