"""A build file: Cloud Build's message, and the line of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.document import ROOT, line_of, read_document, shown
from cloudbuild.faults import Fault, FaultsFound
from cloudbuild.messages import Filler, new_build
from tidegate.documents import Document, Key


@dataclass(frozen=True)
class BuildFile:
    """A build as a file has it.

    Attributes:
        path: The file.
        name: The file, as faults name it.
        document: Its text as values, with lines.
        build: The `google.devtools.cloudbuild.v1.Build` message in it.
    """

    path: Path
    name: str
    document: Document
    build: Any

    def line(self, path: Key = ()) -> int:
        """Line of a key or item, such as `("steps", 0, "args", 1)`."""
        return line_of(self.document, path)

    @property
    def declared(self) -> frozenset[str]:
        """The substitutions that it declares, those of a wrong type as well."""
        declared = self.document.data.get("substitutions")
        return frozenset(declared if isinstance(declared, dict) else ())

    def fault(self, path: Key, message: str, fix: str) -> Fault:
        """A fault at the line of `path`; the rule's name comes with its report."""
        return Fault(self.name, self.line(path), message, fix)


def examine_build(
    path: Path, root: Path = ROOT
) -> tuple[BuildFile | None, list[Fault]]:
    """The build in a file, and what Google's message refuses in it.

    What is refused is left out of the message, so that the rules can go on.
    """
    document, unread = read_document(path, root)
    if document is None:
        return None, list(unread)
    name, build = shown(path, root), new_build()
    faults = list(Filler(document, name).fill(build, document.data))
    return BuildFile(path, name, document, build), faults


def read_build(path: Path, root: Path = ROOT) -> BuildFile:
    """The build in the file at `path`.

    Raises:
        FaultsFound: It is no YAML, or Google's message refuses some of it.
    """
    found, faults = examine_build(path, root)
    if found is None or faults:
        raise FaultsFound(f"{shown(path, root)} is no build", faults=faults)
    return found
