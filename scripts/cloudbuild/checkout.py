"""The files of a checkout that the rules look at, read once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cloudbuild.build_file import BuildFile, examine_build
from cloudbuild.document import read_document, shown
from cloudbuild.faults import Fault
from cloudbuild.makefile import Makefile, read_makefile
from cloudbuild.terraform import TerraformFile, examine_terraform
from cloudbuild.trigger_file import TriggerFile, examine_trigger

BUILDS = ("cloudbuild*.yaml", "kubeflow/cloudbuild/*.yaml")
TRIGGERS = ("kubeflow/cloudbuild/triggers/*.yaml",)
TERRAFORM = ("kubeflow/cloudbuild/**/*.tf",)
IMAGES = "kubeflow/images.yaml"


@dataclass(frozen=True)
class Checkout:
    """Every build, trigger and Terraform file, and what could not be read.

    Attributes:
        root: The checkout.
        builds: Build files, by their name from the root.
        triggers: Trigger files, likewise.
        terraform: Terraform files, likewise.
        unread: What cannot be read, or Google's messages refuse.
    """

    root: Path
    builds: dict[str, BuildFile] = field(default_factory=dict)
    triggers: dict[str, TriggerFile] = field(default_factory=dict)
    terraform: dict[str, TerraformFile] = field(default_factory=dict)
    unread: list[Fault] = field(default_factory=list)

    def makefile(self, folder: str = "") -> Makefile | None:
        """The names of the Makefile in a folder of the checkout."""
        return read_makefile(self.root / folder / "Makefile")

    def pinned_images(self) -> dict[str, str]:
        """Digest of every image in kubeflow/images.yaml, by `image:tag`."""
        path = self.root / IMAGES
        document, _ = read_document(path, self.root) if path.is_file() else (None, ())
        listed = document.data.get("images") if document else None
        entries: Any = listed.values() if isinstance(listed, dict) else listed or []
        return {
            f"{one.get('image')}:{one.get('tag')}": str(one.get("digest"))
            for one in entries
            if isinstance(one, dict)
        }

    def triggers_of(self, build: BuildFile) -> list[TriggerFile]:
        """The triggers that run a build file."""
        return [
            trigger
            for trigger in self.triggers.values()
            if trigger.trigger.filename == build.name
        ]

    def build_of(self, trigger: TriggerFile) -> BuildFile | None:
        """The build file that a trigger runs, None where it cannot be read."""
        return self.builds.get(trigger.trigger.filename)


def read_checkout(root: Path, files: Iterable[Path] = ()) -> Checkout:
    """Every file that the rules look at, those in `files` besides."""
    checkout = Checkout(root)
    for path in _in_order([*found(root), *files]):
        _add(checkout, path)
    return checkout


def found(root: Path) -> Iterator[Path]:
    """Every build, trigger and Terraform file of a checkout."""
    for pattern in (*BUILDS, *TRIGGERS, *TERRAFORM):
        for path in sorted(root.glob(pattern)):
            if ".terraform" not in path.parts:
                yield path


def _in_order(paths: Iterable[Path]) -> list[Path]:
    return list({path.resolve(): path for path in paths}.values())


def _add(checkout: Checkout, path: Path) -> None:
    name = shown(path, checkout.root)
    if path.suffix == ".tf":
        terraform, faults = examine_terraform(path, checkout.root)
        if terraform:
            checkout.terraform[name] = terraform
    elif is_trigger(path):
        trigger, faults = examine_trigger(path, checkout.root)
        if trigger:
            checkout.triggers[name] = trigger
    else:
        build, faults = examine_build(path, checkout.root)
        if build:
            checkout.builds[name] = build
    checkout.unread.extend(faults)


def is_trigger(path: Path) -> bool:
    """Whether a YAML file is a trigger rather than a build."""
    if path.parent.name == "triggers":
        return True
    document, _ = read_document(path)
    data = document.data if document else {}
    return "steps" not in data and bool(
        data.keys() & {"github", "repositoryEventConfig", "triggerTemplate", "filename"}
    )
