"""Runs `make test` on a named stack: here where it fits, else in a Debian 13 root.

    python3 scripts/run_stack.py tfx-1.21 [--target test]
    python3 scripts/run_stack.py --image-steps

Ends with the exit code of what it ran. Where neither way is open, it says so and
ends with 4: a stack that was not tested is never reported as passed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components")]

from bootstrapping import choice, interpreters  # noqa: E402
from bootstrapping.console import INFRASTRUCTURE, SetUpError  # noqa: E402
from debian_root import SUITE_NUMBER, DebianRoot, cache  # noqa: E402
from tidegate.stack import Machine, Stack, obstacles, this_machine  # noqa: E402

CHECKOUT = "/srv/tidegate"
INSIDE = {
    # Beside the checkout, which is copied anew each time; these are kept.
    "TIDEGATE_VENVS": "/srv/environments",
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "safe.directory",
    "GIT_CONFIG_VALUE_0": "*",
}
DEBIAN = Machine("Linux", "x86_64", (2, 41))
DEBIAN_PYTHON = (3, 13)


def fits_here(stack: Stack) -> bool:
    """True if this machine can run the stack itself."""
    if obstacles(stack, this_machine()):
        return False
    pythons = interpreters.find(os.environ)
    return interpreters.choose(pythons, stack.pythons) is not None


def here(stack: Stack, target: str) -> int:
    """Runs a make target on this machine; returns its exit code."""
    variables = {**os.environ, "TIDEGATE_STACK": stack.name}
    return subprocess.run(["make", target], cwd=ROOT, env=variables).returncode


def in_root(command: list[str], variables: dict[str, str]) -> int:
    """Runs a command in a copy of the checkout in the Debian root."""
    root = DebianRoot(cache() / SUITE_NUMBER)
    with root.alone():
        root.make()
        root.bring(ROOT, CHECKOUT)
        inside = ["sh", "-c", f'cd {CHECKOUT} && exec "$@"', "sh", *command]
        return root.run(inside, {**INSIDE, **variables})


def test(stack: Stack, target: str) -> int:
    """Runs a make target on the stack, wherever it can run."""
    if fits_here(stack):
        return here(stack, target)
    if obstacles(stack, DEBIAN) or DEBIAN_PYTHON not in stack.pythons:
        raise SetUpError(
            f"{stack.name} was NOT tested: its Python is not on this machine",
            (f"and Debian 13 has none of {stack.pythons}",),
        )
    return in_root(["make", target], {"TIDEGATE_STACK": stack.name})


def image_steps() -> int:
    """Runs the installation steps of the container image in the Debian root."""
    prefix = "/srv/image"
    return in_root(["sh", "scripts/image_install.sh", "check", prefix], {})


def main() -> int:
    """Runs what was asked for; returns its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("stack", nargs="?")
    what.add_argument("--image-steps", action="store_true")
    parser.add_argument("--target", default="test", help="the make target to run")
    options = parser.parse_args()
    try:
        if options.image_steps:
            return image_steps()
        (stack,) = choice.wanted(options.stack)
        return test(stack, options.target)
    except SetUpError as error:
        error.show()
        return error.code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        SetUpError(f"the Debian root broke: {error}").show()
        return INFRASTRUCTURE


if __name__ == "__main__":
    sys.exit(main())
