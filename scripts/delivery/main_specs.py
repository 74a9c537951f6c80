"""What main was compiled to, where the plan of a pull request may read it.

    <MAIN_SPECS>/<branch>/<time of the commit>-<commit>.json

One file a commit, with every spec in it. A file is created whole or not at all, so
that no half of a build can be read; and nothing points to the newest, for whatever
points would have to be overwritten. Names sort by the time of the commit: of two
builds at once the slower one may be of the older commit, and a build that is run
again is no newer for it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bootstrapping.console import INFRASTRUCTURE, USAGE
from delivery.digests import demand_reference, sha256_of
from delivery.errors import SECURITY, DeliveryError
from delivery.record import demand_commit, read_build
from delivery.stores import Denied, Store

FORM = 1
README = "kubeflow/cloudbuild/README.md"
# Clocks are not quite the same everywhere.
AHEAD = timedelta(hours=1)
_NAME = re.compile(r"([0-9]{8}T[0-9]{6}Z)-([0-9a-f]{40}(?:[0-9a-f]{24})?)\.json")
# A spec by its name: no way out of a folder.
_SPEC = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\.(yaml|json)")


@dataclass(frozen=True)
class Kept:
    """A commit of main whose specs are kept.

    Attributes:
        name: The file's name in the store.
        time: When it was committed: 20261122T051000Z.
        commit: The commit.
    """

    name: str
    time: str
    commit: str


@dataclass(frozen=True)
class MainSpecs:
    """The specs of a commit of main.

    Attributes:
        commit: The commit.
        image: The image by digest that they were compiled for.
        specs: Their texts by name.
    """

    commit: str
    image: str
    specs: dict[str, str]

    @property
    def text(self) -> str:
        """As it is written: nothing of the hour, so the same for every build of it."""
        said = {"form": FORM, "commit": self.commit, "image": self.image}
        return json.dumps({**said, "specs": self.specs}, indent=1) + "\n"

    def write(self, folder: Path, image: str) -> None:
        """Writes every spec into a folder, as if compiled for another image."""
        for name, text in self.specs.items():
            whole = text.replace(self.image, image)
            (folder / name).write_text(whole, encoding="utf-8")


def folder_of(branch: str) -> str:
    """The folder of a branch, one whatever it is called."""
    return quote(branch, safe="")


def keep(
    root: Path, store: Store, commit: str, branch: str, time: str, now: datetime
) -> str:
    """Keeps the specs that were recorded of a commit; the name of the file.

    Args:
        root: The checkout, in which `make record` was run.
        store: Where to.
        commit: The commit.
        branch: The branch that was built.
        time: When it was committed.
        now: The time, in UTC.

    Raises:
        DeliveryError: The commit is of the future, build/specs is not what was
            recorded, the file cannot be written, or one with another content is there.
    """
    demand_commit(commit)
    _demand_past(commit, time, now)
    made = _recorded(root, commit)
    name = f"{folder_of(branch)}/{time}-{commit}.json"
    with tempfile.TemporaryDirectory(prefix="tidegate-specs-") as folder:
        file, there = Path(folder, "specs.json"), Path(folder, "there.json")
        file.write_text(made.text, encoding="utf-8")
        if store.create(name, file):
            return name
        if store.fetch(name, there) and there.read_bytes() == file.read_bytes():
            return name
    raise DeliveryError(
        f"{store.path(name)} has other content already",
        ("fix: see who wrote it; a commit is built to the same specs every time",),
        SECURITY,
    )


def _demand_past(commit: str, time: str, now: datetime) -> None:
    last = _last(now)
    if time > last:
        raise DeliveryError(
            f"{commit} is dated in the future: it would be the newest until then",
            (
                "where: its committer date (git show --format=fuller)",
                f"expected: {last} at the latest, an hour from now",
                f"got: {time}",
                "fix: amend the commit's date; where the branch may not be rewritten, "
                "push one more commit with the right clock, whose specs are kept",
            ),
            USAGE,
        )


def _last(now: datetime) -> str:
    return (now + AHEAD).strftime("%Y%m%dT%H%M%SZ")


def _recorded(root: Path, commit: str) -> MainSpecs:
    build = read_build(root, commit)
    specs: dict[str, str] = {}
    for name, digest in sorted(build.files.items()):
        if not name.startswith("specs/"):
            continue
        file = root / "build" / name
        if not file.is_file() or sha256_of(file) != digest:
            raise DeliveryError(
                f"build/{name} is not the file that was recorded of {commit}",
                ("fix: keep the specs in the build that recorded them",),
                USAGE,
            )
        specs[file.name] = file.read_text(encoding="utf-8")
    return MainSpecs(commit, build.image, specs)


def kept(store: Store, branch: str) -> list[Kept]:
    """Every commit of a branch whose specs are kept, the newest last.

    Raises:
        DeliveryError: The store does not answer, or not to this account.
    """
    try:
        names = store.names(folder_of(branch))
    except Denied as denied:
        raise _told(denied, store) from denied
    found = [(one, _NAME.fullmatch(one)) for one in sorted(names)]
    return [
        Kept(f"{folder_of(branch)}/{name}", match[1], match[2])
        for name, match in found
        if match
    ]


def parted(found: Iterable[Kept], now: datetime) -> tuple[list[Kept], list[Kept]]:
    """What can be compared with, and what is dated in the future: in no true order.

    Args:
        found: What is kept.
        now: The time, in UTC.
    """
    every, last = list(found), _last(now)
    late = [one for one in every if one.time > last]
    return [one for one in every if one.time <= last], late


def chosen(found: Sequence[Kept], ancestors: Iterable[str]) -> tuple[Kept, bool]:
    """The commit to hold a change against, and whether the change is made from it.

    Args:
        found: What is kept and not of the future, the newest last; one at least.
        ancestors: What the change is known to be made from, the newest first.
    """
    by_commit = {one.commit: one for one in found}
    for commit in ancestors:
        if commit in by_commit:
            return by_commit[commit], True
    return found[-1], False


def read(store: Store, one: Kept) -> MainSpecs:
    """The specs of a commit.

    Raises:
        DeliveryError: They cannot be read, or are not what they should be.
    """
    with tempfile.TemporaryDirectory(prefix="tidegate-specs-") as folder:
        file = Path(folder, "specs.json")
        try:
            there = store.fetch(one.name, file)
        except Denied as denied:
            raise _told(denied, store) from denied
        if not there:
            raise DeliveryError(
                f"{store.path(one.name)} is gone",
                ("fix: run this build again",),
                INFRASTRUCTURE,
            )
        return _parsed(file.read_bytes(), one, store.path(one.name))


def _parsed(content: bytes, one: Kept, where: str) -> MainSpecs:
    try:
        said: dict[str, Any] = json.loads(content.decode("utf-8"))
        form = said["form"]
        if isinstance(form, int) and form > FORM:
            raise DeliveryError(
                f"{where} has form {form}, and this branch reads {FORM} at most",
                ("fix: merge main into this branch",),
                USAGE,
            )
        made = MainSpecs(said["commit"], str(said["image"]), dict(said["specs"]))
        whole = form == FORM and made.commit == one.commit and bool(made.specs)
        texts = all(
            _SPEC.fullmatch(name) and isinstance(text, str)
            for name, text in made.specs.items()
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(where) from error
    if not (whole and texts):
        raise _broken(where)
    demand_reference(made.image, where)
    return made


def _broken(where: str) -> DeliveryError:
    return DeliveryError(
        f"{where} is not what main writes there",
        ("fix: see who wrote it; only the build of main may",),
        SECURITY,
    )


def _told(denied: Denied, store: Store) -> DeliveryError:
    bucket = "/".join(store.where.split("/")[:3])
    return DeliveryError(
        denied.message,
        (
            f"fix: give the account of pull requests roles/storage.objectViewer on "
            f"{bucket}: terraform apply, or the commands of {README}, 3b",
        ),
        INFRASTRUCTURE,
    )
