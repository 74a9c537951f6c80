"""Breaks this repository's own files, one way each, and shows what they get.

Each way is a small edit of a real file. All rules of `make cloudbuild-check` have one,
or it is told that they have none.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudbuild.checking import check
from cloudbuild.edits import EDITS, Edit, Unfit
from cloudbuild.faults import Fault
from cloudbuild.rules import RULES
from cloudbuild.showing import say, short

# What the checks read of a checkout.
NEEDED = ("Makefile", "cloudbuild.yaml", "kubeflow")


@dataclass(frozen=True)
class Outcome:
    """What a broken file got.

    Attributes:
        edit: How it was broken.
        faults: What was found that is not found in the file as it is.
        unfit: Why the edit could not be made; empty if it was.
    """

    edit: Edit
    faults: tuple[Fault, ...]
    unfit: str = ""

    @property
    def fault(self) -> Fault | None:
        """The fault that tells of the edit: of its rule, in its file."""
        file = self.edit.told_in or self.edit.file
        for fault in self.faults:
            if (fault.rule, fault.path) == (self.edit.rule, file):
                return fault
        return None


def outcomes(root: Path, folder: Path) -> Iterator[Outcome]:
    """What each broken file gets, one after the other.

    Args:
        root: The checkout.
        folder: Where a copy of it may lie.
    """
    copy = folder / "broken"
    shutil.rmtree(copy, ignore_errors=True)
    for name in NEEDED:
        source, target = root / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, target)
    before = set(check(copy))
    for edit in EDITS:
        path = copy / edit.file
        text = path.read_text(encoding="utf-8")
        try:
            path.write_text(edit.make(text), encoding="utf-8")
            found = tuple(fault for fault in check(copy) if fault not in before)
            yield Outcome(edit, found)
        except Unfit as error:
            yield Outcome(edit, (), str(error))
        finally:
            path.write_text(text, encoding="utf-8")
    shutil.rmtree(copy, ignore_errors=True)


def show_refusals(root: Path, folder: Path) -> int:
    """Shows a table of what each broken file gets; how many were not refused."""
    say("\n━━ what broken files get")
    failed, seen = 0, set()
    for one in outcomes(root, folder):
        fault = one.fault
        seen.add(one.edit.rule)
        sign = "✓" if fault else "✗"
        say(f"  {sign} {one.edit.rule}: {one.edit.what}")
        if fault:
            say(f"      {fault.path}:{fault.line}: {short(fault.message)}")
            say(f"      fix: {short(fault.fix)}")
        else:
            failed += 1
            others = "; ".join(str(other) for other in one.faults)
            say(f"      NOT REFUSED by this rule. {one.unfit or others or 'no fault'}")
    without = sorted({one.id for one in RULES} - seen)
    if without:
        say(f"  · rules without a broken file here: {', '.join(without)}")
    return failed
