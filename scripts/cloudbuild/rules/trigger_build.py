"""Rules of what a trigger starts, by which event, and with what values."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.patterns import wrong_pattern
from cloudbuild.rules.registry import rule
from cloudbuild.substitutions import BUILT_INS, USER_NAME
from cloudbuild.trigger_file import TriggerFile
from tidegate.documents import near_miss

# In the comment of an empty default: it may stay empty.
_OPTIONAL = re.compile(r"\b(empty|optional)\b", re.IGNORECASE)


@rule("trigger-name", "triggers")
def trigger_has_a_name(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger has a name of its own, by which an import finds it again."""
    name = file.trigger.name
    if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]{0,62}[A-Za-z0-9])?", name):
        words = f"the trigger's name is {name!r}" if name else "the trigger has no name"
        yield file.fault(("name",), words, "name it by letters, digits and dashes")
    for other in checkout.triggers.values():
        if other.name < file.name and other.trigger.name == name:
            words = f"{other.name} is named {name!r} as well; an import replaces it"
            yield file.fault(("name",), words, "rename one of the two")


@rule("trigger-event", "triggers")
def trigger_has_one_event(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """One event starts a trigger: a branch, a tag or a pull request."""
    if len(file.events) != 1:
        got = " and ".join(file.events) or "nothing"
        words = f"the trigger is started by {got}"
        path = next(reversed(file.events.values()), ())
        yield file.fault(
            path, words, "keep one: push with branch or tag, or pullRequest"
        )


@rule("trigger-pattern", "triggers")
def patterns_are_whole(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A pattern is tied at both ends, and no push of just any name starts a build.

    Cloud Build looks for it anywhere in the name: `main` also means `not-main-2`.
    Whatever a pushed branch or tag starts has the rights of the trigger's account.
    """
    path, pattern = file.pattern_path, file.pattern
    if len(file.events) != 1 or "other" in file.events or pattern is None:
        return
    event = next(iter(file.events))
    kind = "tag" if event == "tag" else "branch"
    wrong = wrong_pattern(pattern, kind, _inverted(file), event == "pull request")
    if wrong:
        yield file.fault(path, *wrong)


def _inverted(file: TriggerFile) -> bool:
    """Whether what does not match a trigger's pattern starts its build."""
    holder: object = file.document.data
    for key in file.pattern_path[:-1]:
        holder = holder.get(str(key)) if isinstance(holder, dict) else None
    return isinstance(holder, dict) and bool(holder.get("invertRegex"))


@rule("trigger-file", "triggers")
def build_file_is_there(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger names a build file of the checkout."""
    name = file.trigger.filename
    if not name:
        kind = file.trigger.WhichOneof("build_template")
        words = f"the build is given by {kind}" if kind else "no build file is named"
        yield file.fault(
            (kind or "filename",), words, "write filename: cloudbuild.yaml"
        )
        return
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts:
        words, fix = f"{name} is outside of the checkout", "name a file of the checkout"
        yield file.fault(("filename",), words, fix)
    elif not os.path.isfile(checkout.root / name):
        near = near_miss(name, checkout.builds)
        words, fix = (
            f"the checkout has no {name}",
            f"write {near or 'one that is there'}",
        )
        yield file.fault(("filename",), words, fix)


@rule("trigger-substitution", "triggers")
def values_are_asked_for(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger gives only what its build file declares.

    Cloud Build refuses the build otherwise: "is not matched in the template".
    """
    build = checkout.build_of(file)
    for name in file.trigger.substitutions:
        path = ("substitutions", name)
        if not USER_NAME.fullmatch(name):
            words = f"{name!r} is no name of a substitution"
            yield file.fault(path, words, "begin it with _ and use capitals")
        elif build and name not in build.build.substitutions and name not in BUILT_INS:
            near = near_miss(name, build.build.substitutions)
            words = f"{build.name} does not declare {name}"
            yield file.fault(path, words, f"write {near}" if near else "remove it")


@rule("trigger-required", "triggers")
def required_values_are_given(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger gives a value to whatever its build file declares empty.

    Unless the comment there says that it may be "empty" or is "optional".
    """
    build = checkout.build_of(file)
    for name, value in build.build.substitutions.items() if build else ():
        if value or name in file.trigger.substitutions:
            continue
        if build and not may_stay_empty(build, name):
            words = f"{build.name} declares {name} empty, and nobody gives it a value"
            yield file.fault(
                ("substitutions",), words, f"give {name} under substitutions"
            )


def may_stay_empty(build: BuildFile, name: str) -> bool:
    """Whether the comment of a substitution says that it may be empty."""
    return _OPTIONAL.search(_comment(build, name)) is not None


def _comment(build: BuildFile, name: str) -> str:
    """The comment of a substitution: on its line, and in the lines right above."""
    lines = build.path.read_text(encoding="utf-8-sig").splitlines()
    at = build.line(("substitutions", name)) - 1
    words = lines[at].partition("#")[2]
    while at and lines[at - 1].lstrip().startswith("#"):
        at -= 1
        words = lines[at].partition("#")[2] + words
    return words
