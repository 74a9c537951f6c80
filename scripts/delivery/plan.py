"""What this commit changes in the compiled pipelines of another, such as main's."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from delivery import base as bases
from delivery import main_specs
from delivery.container_image import write_whole
from delivery.errors import DeliveryError
from delivery.plan_page import (
    BUILDER_LIMIT,
    Against,
    Compared,
    cut,
    page,
    passed_over,
    unread,
    word_for,
)
from delivery.specs import PLACEHOLDER, SPECS, Outcome, compile_all, compile_into
from delivery.stores import Store, store_of
from tidegate.errors import TidegateError
from tidegate.runners.kubeflow.planning import plan, read

PAGE = Path("build", "plan.md")


def make_plan(
    root: Path, base: str, variables: Mapping[str, str], now: datetime
) -> str:
    """The page, told wherever the surroundings look for one.

    Args:
        root: The checkout.
        base: What to hold it against, such as origin/main.
        variables: Environment variables, which name places for summaries, and in
            MAIN_SPECS where main's build keeps what git may not fetch.
        now: The time, in UTC: what was kept with a later one is passed over.

    Raises:
        DeliveryError: This checkout cannot be compiled, git knows no such base, or
            main's specs cannot be read where they are said to be. (A remote that
            cannot be read is no fault of the change: the page says so.)
    """
    if not compiled_for_a_plan(root):
        compile_all(root, PLACEHOLDER)
    try:
        commit = bases.commit_of(root, base)
    except bases.Unreadable as error:
        return _without_git(root, base, error, variables, now)
    holds = bases.holds(root, base, commit)
    against = Against(base, commit, bases.time_of(root, commit), holds)
    with tempfile.TemporaryDirectory(prefix="tidegate-plan-") as name:
        old = Path(name)
        with bases.checked_out(root, commit) as folder:
            told = compiled_base(old, folder)
        if isinstance(told, str):
            compared = [Compared(one, None, told) for one in names_in(root / SPECS)]
        else:
            compared = list(compare(old, root / SPECS, told))
    text = page(compared, against)
    publish(text, root, variables)
    return text


def _without_git(
    root: Path,
    base: str,
    error: bases.Unreadable,
    variables: Mapping[str, str],
    now: datetime,
) -> str:
    """The page by what main's build kept, where it is said to keep anything."""
    where, branch = variables.get("MAIN_SPECS", "").strip(), base.partition("/")[2]
    failed: DeliveryError | None = None
    text = unread(base, error.lines)
    try:
        store = store_of(where) if where else None
        if store:
            found, late = main_specs.parted(main_specs.kept(store, branch), now)
            passed = tuple(store.path(one.name) for one in late)
            if found:
                text = _held_against(root, base, store, found, passed)
            else:
                more = (
                    f"no build of {branch} has kept its specs in {store.where} yet",
                    *(passed_over(passed) if passed else ()),
                    f"fix: push to {branch}, or run its build again; its trigger says "
                    f"_MAIN_SPECS: {store.where}",
                )
                text = unread(base, error.lines, more)
    except DeliveryError as raised:
        failed = raised
        text = unread(base, error.lines, (raised.message, *raised.lines))
    publish(text, root, variables)
    if failed:
        raise failed
    return text


def _held_against(
    root: Path,
    base: str,
    store: Store,
    found: Sequence[main_specs.Kept],
    late: tuple[str, ...],
) -> str:
    one, is_base = main_specs.chosen(found, bases.ancestors(root))
    holds = True if is_base else None if bases.shallow(root) else False
    since = len(found) - 1 - found.index(one)
    where = store.path(one.name)
    specs = main_specs.read(store, one)
    against = Against(base, one.commit, one.time, holds, where, since, late)
    with tempfile.TemporaryDirectory(prefix="tidegate-plan-") as name:
        specs.write(Path(name), PLACEHOLDER)
        outcomes = {file: Outcome(file, 0, "") for file in specs.specs}
        return page(list(compare(Path(name), root / SPECS, outcomes)), against)


def compiled_for_a_plan(root: Path) -> bool:
    """Whether build/specs is of this checkout, for the image of pull requests."""
    files = names_in(root / SPECS)
    return bool(files) and all(
        PLACEHOLDER in (root / SPECS / one).read_text(encoding="utf-8") for one in files
    )


def compiled_base(folder: Path, root: Path) -> dict[str, Outcome] | str:
    """What became of each spec of the base; or why there is none at all."""
    try:
        outcomes = compile_into(folder, root, PLACEHOLDER)
    except DeliveryError as error:
        return f"not compared: in this environment {error.message.split(' in ')[0]} …"
    # Where it was checked out says nothing, and is gone.
    here = f"{root}/"
    return {one.file: replace(one, said=one.said.replace(here, "")) for one in outcomes}


def compare(
    old: Path, new: Path, outcomes: Mapping[str, Outcome]
) -> Iterator[Compared]:
    """Every spec of either side, and what happens to it.

    Args:
        old: Folder with the specs of the base.
        new: Folder with those of this checkout.
        outcomes: What became of each spec of the base.
    """
    for name in sorted({*names_in(new), *outcomes}):
        outcome = outcomes.get(name)
        if outcome is None:
            yield Compared(name, None, "new")
        elif not (new / name).is_file():
            yield Compared(name, None, "removed")
        elif outcome.code:
            why = outcome.said.strip()
            yield Compared(name, None, "new: the base has none that compiles", why)
        else:
            yield _compared(name, old / name, new / name)


def names_in(folder: Path) -> list[str]:
    """The specs in a folder."""
    return sorted(
        one.name for one in folder.glob("*.*") if one.suffix in (".yaml", ".json")
    )


def publish(text: str, root: Path, variables: Mapping[str, str] = os.environ) -> None:
    """Shows a page: in the log, in build/plan.md, and as the build's summary."""
    print(text, flush=True)
    write_whole(root / PAGE, text)
    if folder := variables.get("BUILDER_OUTPUT"):
        path = Path(folder, "output")
        write_whole(path, cut(text, BUILDER_LIMIT, "the log of this step"))
    if summary := variables.get("GITHUB_STEP_SUMMARY"):
        with open(summary, "a", encoding="utf-8") as stream:
            stream.write(text)


def _compared(name: str, old: Path, new: Path) -> Compared:
    try:
        found = plan(read(old), read(new))
    except TidegateError as error:
        return Compared(name, None, "not compared", "\n".join(error.lines()))
    return Compared(name, found, word_for(found))
