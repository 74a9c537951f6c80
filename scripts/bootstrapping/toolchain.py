"""What set-up itself needs: uv at its locked version, and a C++ compiler."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from bootstrapping.console import Progress, SetUpError
from tidegate.stack import Stack, dotted

# What pip is told about the package index, and how uv calls the same.
PIP_TO_UV = (
    ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
    ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
    ("PIP_CERT", "SSL_CERT_FILE"),
)


def require_compiler(machine: str, variables: Mapping[str, str]) -> None:
    """Raises unless there is a C++ compiler: pyfarmhash comes as sources only."""
    names = (variables.get("CXX", ""), "g++", "c++", "clang++")
    if any(name and shutil.which(name.split()[0]) for name in names):
        return
    fixes = (
        ("fix: xcode-select --install",)
        if machine == "Darwin"
        else (
            "fix: apt-get install g++    (Debian, Ubuntu)",
            "     dnf install gcc-c++    (Fedora, Red Hat)",
        )
    )
    raise SetUpError(
        "there is no C++ compiler",
        (
            "the package pyfarmhash, which splits examples, is built from sources",
            *fixes,
        ),
    )


def uv(root: Path, home: Path, variables: Mapping[str, str]) -> str:
    """Path of uv at its locked version, installed with pip where it is not there."""
    lock = root / "requirements" / "tools.lock"
    text = lock.read_text(encoding="utf-8")
    found = re.search(r"^uv==(\S+)", text, re.MULTILINE)
    version = found.group(1) if found else ""
    ours = str(home / "tools" / "bin" / "uv")
    for path in (ours, shutil.which("uv", path=variables.get("PATH"))):
        if path and _version(path) == version:
            return path
    with Progress(f"uv {version}", "a few seconds"):
        _install_tools(home / "tools", lock)
    return ours


def for_uv(variables: Mapping[str, str], home: Path) -> dict[str, str]:
    """The variables for uv, with pip's settings of the package index."""
    settings = dict(variables)
    pip = _pip_settings(home / "tools" / "bin" / "python")
    for theirs, ours in PIP_TO_UV:
        value = settings.get(theirs) or pip.get(theirs)
        if value:
            settings.setdefault(ours, value)
    settings.setdefault("UV_HTTP_TIMEOUT", "300")
    # A virtual environment that is switched on must not draw uv's work to itself.
    settings.pop("VIRTUAL_ENV", None)
    return settings


def managed(uv_path: str, stack: Stack) -> str:
    """A Python that uv manages, fetched if need be.

    Raises:
        SetUpError: uv has none and can get none.
    """
    tried = []
    for version in map(dotted, stack.pythons):
        command = [uv_path, "python", "install", "--quiet", version]
        with Progress(f"Python {version} from uv", "a minute"):
            done = subprocess.run(command, stderr=subprocess.PIPE, check=False)
        if done.returncode == 0:
            find = [uv_path, "python", "find", "--managed-python", version]
            return subprocess.check_output(find).decode().strip()
        words = done.stderr.decode(errors="replace").strip().splitlines()
        tried.append(f"{version}: {words[0] if words else 'no answer'}")
        # The same host serves all versions: one refusal speaks for the rest.
        break
    raise SetUpError("uv has no Python for this stack", tuple(tried))


def _install_tools(folder: Path, lock: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise SetUpError(
            f"{sys.executable} cannot make virtual environments",
            (
                "fix: apt-get install python3-venv, or run make with another Python:",
                "     make BOOTSTRAP_PYTHON=/path/to/python3 …",
            ),
        ) from error
    python = str(folder / "bin" / "python")
    install = [python, "-m", "pip", "install", "--quiet", "--require-hashes"]
    try:
        subprocess.run([*install, "-r", str(lock)], check=True)
    except subprocess.CalledProcessError as error:
        raise SetUpError(
            "uv could not be installed; pip's own words are above",
            ("fix: see that pip reaches a package index from here",),
        ) from error


def _version(path: str) -> str | None:
    try:
        words = subprocess.check_output([path, "--version"], stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        return None
    return words.decode().split()[1]


def _pip_settings(python: Path) -> dict[str, str]:
    """What pip's configuration files say about the index, as variables."""
    if not python.exists():
        return {}
    try:
        text = subprocess.check_output(
            [str(python), "-m", "pip", "config", "list"],
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        ).decode(errors="replace")
    except (OSError, subprocess.CalledProcessError):
        return {}
    pairs = re.findall(r"^(?:global|install)\.([a-z-]+)='(.*)'$", text, re.MULTILINE)
    return {f"PIP_{name.upper().replace('-', '_')}": value for name, value in pairs}
