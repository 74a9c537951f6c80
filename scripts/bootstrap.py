"""Makes the environment of the newest stack that this machine can run.

    python3 scripts/bootstrap.py [--stack NAME] [--print-python | --print-uv]

Any Python from 3.8 on runs it. Where the environment is there and of today's
locks, it answers at once. TIDEGATE_STACK names a stack as --stack does;
TIDEGATE_VENVS is the folder of the environments (default: .venv).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components")]

from bootstrapping import choice, interpreters, toolchain  # noqa: E402
from bootstrapping.console import BROKEN, SetUpError  # noqa: E402
from bootstrapping.environment import Environments  # noqa: E402
from bootstrapping.metadata import digest  # noqa: E402
from tidegate.stack import Stack, by_name, this_machine  # noqa: E402


def environment(name: str | None) -> Path:
    """The Python of the environment, made first where it is not there."""
    venvs = Environments(ROOT, home())
    stacks = choice.possible(choice.wanted(name), this_machine())
    known = remembered(venvs, stacks)
    if known and venvs.ready(known):
        return venvs.python(known)
    with venvs.alone():
        known = remembered(venvs, stacks)
        if known and venvs.ready(known):  # Another set-up made it while we waited.
            return venvs.python(known)
        return make(venvs, stacks)


def make(venvs: Environments, stacks: tuple[Stack, ...]) -> Path:
    """Chooses a stack and a Python, and makes the environment."""
    toolchain.require_compiler(this_machine().system, os.environ)
    pythons = interpreters.find(os.environ)
    chosen = choice.pick(stacks, pythons)
    try:
        python = venvs.make(chosen, os.environ)
    except SetUpError as error:
        if chosen.python is not None:
            raise
        got = "; ".join(error.lines) or error.message
        raise choice.no_python(stacks, this_machine(), pythons, got) from error
    remember(venvs, stacks, chosen.stack)
    return python


def remembered(venvs: Environments, stacks: tuple[Stack, ...]) -> Stack | None:
    """The stack chosen before from the same stacks and Pythons.

    Asking every Python on the machine takes a second; this does not.
    """
    if len(stacks) == 1:
        return stacks[0]
    try:
        noted = json.loads((venvs.home / "choice.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return (
        by_name(noted["stack"]) if noted.get("from") == surroundings(stacks) else None
    )


def remember(venvs: Environments, stacks: tuple[Stack, ...], stack: Stack) -> None:
    """Notes the choice for the next time."""
    if len(stacks) > 1:
        note = json.dumps({"stack": stack.name, "from": surroundings(stacks)})
        (venvs.home / "choice.json").write_text(note, encoding="utf-8")


def surroundings(stacks: tuple[Stack, ...]) -> str:
    """Digest of what the choice hangs on."""
    path, pyenv = os.environ.get("PATH"), os.environ.get("PYENV_ROOT")
    return digest([stack.name for stack in stacks], path, pyenv)


def home() -> Path:
    """Folder of the environments and of uv."""
    return Path(os.environ.get("TIDEGATE_VENVS") or ROOT / ".venv").resolve()


def main() -> int:
    """Runs set-up; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--stack", default=os.environ.get("TIDEGATE_STACK"))
    show = parser.add_mutually_exclusive_group()
    show.add_argument("--print-python", action="store_true")
    show.add_argument("--print-uv", action="store_true")
    options = parser.parse_args()
    try:
        if options.print_uv:
            print(toolchain.uv(ROOT, home(), os.environ))
            return 0
        python = environment(options.stack)
    except SetUpError as error:
        error.show()
        return error.code
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        SetUpError(f"set-up broke: {error}", code=BROKEN).show()
        return BROKEN
    print(python if options.print_python else f"✓ ready: {python}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
