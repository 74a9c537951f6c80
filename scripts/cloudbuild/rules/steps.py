"""Rules of steps: their order, times, folders and names."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Any

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.registry import rule
from tidegate.documents import Key, near_miss

# https://cloud.google.com/build/docs/build-config-file-schema: the default of a
# build; and maxima of validate/validate.go in cloud-build-local.
DEFAULT_TIMEOUT = timedelta(minutes=60)
LONGEST_TIMEOUT = timedelta(hours=24)
MOST_STEPS = 100
RESERVED = ("/workspace", "/builder/home", "/var/run/docker.sock", "/cloudbuild")


@rule("steps", "builds")
def there_are_steps(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A build has at least one step, each with an image, and at most a hundred."""
    count = len(file.build.steps)
    if not 1 <= count <= MOST_STEPS:
        fix = "give it from 1 to 100"
        yield file.fault(("steps",), f"the build has {count} steps", fix)
    for number, step in enumerate(file.build.steps):
        if not step.name:
            words = "a step has no name, which is its builder image"
            yield file.fault(("steps", number), words, "write name: ${_PYTHON}")


@rule("step-id", "builds")
def ids_are_unique(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every step has an id of its own, which the log and waitFor know it by."""
    seen: set[str] = set()
    for number, step in enumerate(file.build.steps):
        path: Key = ("steps", number, "id")
        if step.id in seen:
            yield file.fault(path, f"two steps have the id {step.id!r}", "rename one")
        if step.id in ("", "-"):
            got = "no id" if not step.id else "the id '-', which means the start"
            yield file.fault(path, f"a step has {got}", "name it by what it does")
        seen.add(step.id)


@rule("wait-for", "builds")
def steps_wait_for_earlier_ones(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """waitFor names steps that stand above, so that no step waits in a circle.

    Cloud Build refuses one that "has not been defined" yet.
    """
    ids = [step.id for step in file.build.steps]
    for number, step in enumerate(file.build.steps):
        for at, name in enumerate(step.wait_for):
            path: Key = ("steps", number, "waitFor", at)
            if name == "-" or name in ids[:number]:
                continue
            if name == step.id:
                yield file.fault(path, f"{name!r} waits for itself", "remove it")
            elif name in ids:
                words = f"{step.id!r} waits for {name!r}, which stands below it"
                yield file.fault(path, words, f"move {name!r} above {step.id!r}")
            else:
                near = near_miss(name, ids)
                fix = f"write {near}" if near else "name a step, or - for the start"
                yield file.fault(path, f"no step has the id {name!r}", fix)


@rule("timeout", "builds")
def timeouts_fit(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """No step may take longer than its build, and no build longer than a day."""
    build = file.build
    whole = _seconds(build) if build.HasField("timeout") else DEFAULT_TIMEOUT
    if not timedelta(0) < whole <= LONGEST_TIMEOUT:
        words = f"the build's timeout is {_words(whole)}"
        yield file.fault(("timeout",), words, "write from 1s to 86400s")
        return
    for number, step in enumerate(build.steps):
        if not step.HasField("timeout"):
            continue
        own, path = _seconds(step), ("steps", number, "timeout")
        if own > whole:
            said = "" if build.HasField("timeout") else ", the default"
            words = f"the step may take {_words(own)}, its build {_words(whole)}{said}"
            yield file.fault(path, words, "raise the build's, or lower the step's")
        elif own <= timedelta(0):
            words = f"the step's timeout is {_words(own)}"
            yield file.fault(path, words, "write a number of seconds, such as 600s")


def _seconds(message: Any) -> timedelta:
    return timedelta(seconds=message.timeout.seconds)


def _words(time: timedelta) -> str:
    return f"{int(time.total_seconds())}s"


@rule("step-dir", "builds")
def folders_exist(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A step's dir is a folder of the checkout."""
    for number, step in enumerate(file.build.steps):
        path: Key = ("steps", number, "dir")
        if not step.dir_ or "$" in step.dir_:
            continue
        folder = PurePosixPath(step.dir_)
        if folder.is_absolute() and folder.parts[1:2] == ("workspace",):
            folder = PurePosixPath(*folder.parts[2:])
        if folder.is_absolute() or ".." in folder.parts:
            words = f"dir {step.dir_} is outside of the checkout"
            yield file.fault(path, words, "name a folder of the checkout")
        elif not os.path.isdir(checkout.root / folder):
            words = f"the checkout has no folder {step.dir_}"
            yield file.fault(path, words, "name one that is there, or leave dir out")


@rule("environment", "builds")
def environment_is_pairs(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every env is KEY=VALUE, and no key is a secret's as well."""
    own = [(("steps", n), step) for n, step in enumerate(file.build.steps)]
    everywhere = list(file.build.options.secret_env)
    for at, holder in [*own, (("options",), file.build.options)]:
        secret = {*holder.secret_env, *everywhere}
        for number, pair in enumerate(holder.env):
            path: Key = (*at, "env", number)
            key, equals, _ = pair.partition("=")
            if not equals or not key:
                yield file.fault(path, "env is not KEY=VALUE", "write KEY=VALUE")
            elif key in secret:
                words = f"{key} is an env and a secretEnv at once"
                yield file.fault(path, words, "keep the secretEnv")


@rule("volume", "builds")
def volumes_are_shared(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A volume is used by two steps or more, and hides nothing of Cloud Build's."""
    steps = file.build.steps
    count = Counter(volume.name for step in steps for volume in step.volumes)
    for number, step in enumerate(steps):
        for at, volume in enumerate(step.volumes):
            path: Key = ("steps", number, "volumes", at)
            if count[volume.name] < 2:
                words = f"only one step uses the volume {volume.name!r}"
                yield file.fault(path, words, "keep the files in /workspace")
            if any(f"{volume.path}/".startswith(f"{one}/") for one in RESERVED):
                words = f"{volume.path} is Cloud Build's own"
                yield file.fault(path, words, "mount it elsewhere")
