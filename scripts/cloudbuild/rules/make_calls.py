"""Rules of what steps run: make targets, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.makefile import MakeCall, Makefile, make_call
from cloudbuild.rules.registry import rule
from tidegate.documents import near_miss

HARMLESS = re.compile(r"-[ks]+(j\d*)?|-j\d*|--no-print-directory")
# What make takes its options, files and shell from.
STEERING = frozenset({"MAKEFLAGS", "GNUMAKEFLAGS", "MAKEFILES", "SHELL", "MAKE"})
_WITHOUT = "remove it: targets, NAME=value, -j, -k and -s of the root Makefile do"


@rule("step-make", "builds")
def steps_call_make(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A step calls make and nothing else, so that each can be tried anywhere."""
    for number, step in enumerate(file.build.steps):
        if step.script:
            yield file.fault(
                ("steps", number, "script"),
                "a step has a script of its own",
                "move it behind a make target; entrypoint: make, args: [target]",
            )
        elif step.entrypoint != "make":
            got = f"{step.entrypoint!r}" if step.entrypoint else "the image's own"
            yield file.fault(
                ("steps", number, "entrypoint"),
                f"the entrypoint is {got}, not make",
                "write entrypoint: make and name a target in args",
            )
        elif not make_call(list(step.args)).targets:
            yield file.fault(
                ("steps", number, "args"),
                "make is called without a target",
                "name one in args",
            )


def _calls(
    file: BuildFile, checkout: Checkout
) -> Iterator[tuple[int, MakeCall, Makefile]]:
    for number, step in enumerate(file.build.steps):
        makefile = checkout.makefile(step.dir_ if "$" not in step.dir_ else "")
        if step.entrypoint == "make" and makefile:
            yield number, make_call(list(step.args)), makefile


@rule("make-target", "builds")
def targets_exist(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every make target that a step calls is in the Makefile."""
    for number, call, makefile in _calls(file, checkout):
        for at, target in call.targets:
            if target not in makefile.targets:
                near = near_miss(target, makefile.targets)
                yield file.fault(
                    ("steps", number, "args", at),
                    f"the Makefile has no target {target!r}",
                    f"write {near}" if near else "add it, or call one that is there",
                )


@rule("make-option", "builds")
def options_are_harmless(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """make gets no option but -j, -k, -s and --no-print-directory.

    Others take another Makefile or folder, or do not run the targets at all.
    """
    for number, step in enumerate(file.build.steps):
        if step.entrypoint != "make":
            continue
        call = make_call(list(step.args))
        for at, option in call.options:
            if not HARMLESS.fullmatch(option):
                words = f"make's option {option} changes what its targets mean"
                yield file.fault(("steps", number, "args", at), words, _WITHOUT)
        for at, name in call.variables:
            if name in STEERING:
                words = f"{name} changes what make's targets mean"
                yield file.fault(("steps", number, "args", at), words, _WITHOUT)
    own = [(("steps", n), step) for n, step in enumerate(file.build.steps)]
    for place, holder in [*own, (("options",), file.build.options)]:
        for at, pair in enumerate(holder.env):
            name = pair.partition("=")[0]
            if name in STEERING:
                words = f"{name} changes what make's targets mean"
                yield file.fault((*place, "env", at), words, f"remove {name}")


@rule("make-variable", "builds")
def variables_are_read(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every variable that a step passes to make is read by the Makefile.

    make takes any name without a word, so that a slip of the pen sets nothing.
    """
    for number, call, makefile in _calls(file, checkout):
        for at, name in call.variables:
            if name not in makefile.variables and name not in STEERING:
                near = near_miss(name, makefile.variables)
                yield file.fault(
                    ("steps", number, "args", at),
                    f"the Makefile never reads {name}",
                    f"write {near}=…" if near else "remove it, or read it in a recipe",
                )
