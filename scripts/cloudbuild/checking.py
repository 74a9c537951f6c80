"""Every fault of the build, trigger and Terraform files of a checkout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cloudbuild.checkout import read_checkout
from cloudbuild.document import shown
from cloudbuild.faults import Fault, in_order
from cloudbuild.rules import broken


def check(root: Path, files: Iterable[Path] = ()) -> list[Fault]:
    """Every fault, by file and line.

    Args:
        root: The checkout: its Makefile, triggers and images are looked at.
        files: Tell those of these files only; without any, of all.
    """
    files = list(files)
    checkout = read_checkout(root, files)
    faults = in_order([*checkout.unread, *broken(checkout)])
    names = {shown(path, root) for path in files}
    return [fault for fault in faults if not names or fault.path in names]


def count_files(root: Path, files: Iterable[Path] = ()) -> int:
    """How many files a check looks at."""
    from cloudbuild.checkout import found

    return len(list(files) or list(found(root)))
