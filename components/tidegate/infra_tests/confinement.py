"""What a child process may take and see, set before it begins."""

from __future__ import annotations

import ctypes
import functools
import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SECONDS_TO_START = 300.0  # TensorFlow's import, on a machine that is busy
_LARGEST_FILE = 64 * 2**20  # bytes; what the child may write to a file
# What TensorFlow reserves without using it, before any model is there.
_HEADROOM = 8 * 2**30
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "LD_PRELOAD", "TZ")
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
# Found before there is a child, in which little may be done.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Limits:
    """What the child may take.

    Attributes:
        seconds: Time from when TensorFlow is there.
        memory: Bytes of memory, TensorFlow's own included.
    """

    seconds: float
    memory: int


def bound(limits: Limits) -> None:
    """Runs in the child before anything else: what the system holds it to."""
    if _LIBC is not None:
        # Who is killed cannot end its child any more.
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    processor = int(limits.seconds * (os.cpu_count() or 1) + SECONDS_TO_START)
    for kind, most in (
        (resource.RLIMIT_CPU, processor),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
        # Private memory that may be written to, which is what a model asks for.
        (resource.RLIMIT_DATA, limits.memory + _HEADROOM),
    ):
        _, hard = resource.getrlimit(kind)
        bounded = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (bounded, bounded))


def environment(work: Path) -> dict[str, str]:
    """What the child sees of the environment: no tokens, no settings."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    found = [os.path.abspath(one) for one in sys.path if one and os.path.exists(one)]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(found),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": str(work),
        "CUDA_VISIBLE_DEVICES": "-1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }


@functools.cache
def without_network() -> tuple[tuple[str, ...], str | None]:
    """Command that leaves a process without network, or why there is none."""
    tool = shutil.which("unshare")
    if tool is None:
        return (), "this system has no unshare"
    for options in (("--net",), ("--map-root-user", "--net")):
        tried = subprocess.run(
            [tool, *options, "true"], capture_output=True, check=False, timeout=30
        )
        if tried.returncode == 0:
            return (tool, *options, "--"), None
    return (), "this system does not let processes give up the network"
