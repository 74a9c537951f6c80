"""The plan of a pull request as Markdown."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.console import Console

from tidegate.cli.plan_text import show
from tidegate.report.wording import counted
from tidegate.runners.kubeflow.planning import Plan

# Of what a step writes into $BUILDER_OUTPUT/output, Cloud Build keeps the first
# 50 KB: https://cloud.google.com/build/docs/api/reference/rest/v1/projects.builds
# (Results.buildStepOutputs).
BUILDER_LIMIT = 50_000
_CODE_SPAN = re.compile(r"`+")


_STANDING = {
    False: "**This branch is behind its base: what is newer there shows as removed or "
    "changed back.** Merge or rebase to see this change alone.",
    None: "Whether this branch holds all of its base cannot be known in this checkout, "
    "whose history is cut off: what is newer there would show as removed.",
}


@dataclass(frozen=True)
class Compared:
    """A spec, and what happens to it.

    Attributes:
        file: Its name.
        plan: What changes; None where there are not two to compare.
        word: What happens to it in a word.
        why: More about it, where it could not be compared.
    """

    file: str
    plan: Plan | None
    word: str
    why: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything is different, or cannot be told."""
        return self.plan is None or not self.plan.empty


@dataclass(frozen=True)
class Against:
    """What a plan holds a change against.

    Attributes:
        name: As it was asked for, such as origin/main.
        commit: The commit that it means.
        time: When that was made, as 20261122T051000Z.
        holds: Whether the change has it among its ancestors; None for unknown.
        where: Where main's build kept its specs; empty where git has its sources.
        since: How many newer builds of main there are.
        late: What was kept there with a time in the future.
    """

    name: str
    commit: str
    time: str
    holds: bool | None = True
    where: str = ""
    since: int = 0
    late: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Commit, time, and what the one is to the other."""
        day, clock = self.time[:8], self.time[9:13]
        when = f"{day[:4]}-{day[4:6]}-{day[6:]} {clock[:2]}:{clock[2:]} UTC"
        return f"{_code(self.name)} at {self.commit[:12]} of {when}, {self._standing}"

    @property
    def _standing(self) -> str:
        if self.where and self.holds:
            return (
                "the newest commit of this branch that main has built: its merge base"
            )
        if self.where:
            return "the newest that main has built"
        if self.holds:
            return "all of which this branch holds: it is the merge base"
        return "the newest of it, not the merge base"

    @property
    def how(self) -> str:
        """How the two were made alike."""
        if not self.where:
            return "compiled with the same image name"
        return "as its build compiled it, with the same image name put in"

    @property
    def notes(self) -> list[str]:
        """What is to be said of the comparison itself, a paragraph each."""
        told = [_STANDING[self.holds]] if self.holds in _STANDING else []
        if self.where and self.holds and self.since:
            newer = counted(self.since, "newer builds")
            told.append(f"Main has {newer}; what they brought is left out here.")
        if self.where:
            told.append(f"Git cannot fetch from this build. Read from {self.where}.")
        if self.late:
            told.append(" ".join(passed_over(self.late)))
        return told


def page(compared: Sequence[Compared], against: Against) -> str:
    """The whole page.

    Args:
        compared: Every spec of either side.
        against: What this is held against.
    """
    changed = [one for one in compared if one.changes]
    told = (
        f"{counted(len(changed), 'compiled specs')} of {len(compared)} would change."
        if changed
        else "Nothing changes in any compiled spec: the same would run."
    )
    lines = [
        "## Plan",
        "",
        f"{told} Held against {against.words}; {against.how}, so that only what was "
        "written differently shows.",
        *(line for note in against.notes for line in ("", note)),
        "",
        "| spec | |",
        "|---|---|",
        *(f"| {_code(one.file)} | {one.word} |" for one in compared),
    ]
    for one in changed:
        lines += ["", f"### {one.file}", "", *_body(one)]
    return "\n".join(lines) + "\n"


def unread(base: str, why: Sequence[str], more: Sequence[str] = ()) -> str:
    """The page where there is nothing to compare with.

    Args:
        base: What was asked for.
        why: What git said.
        more: Why main's build does not help out, and what to do; empty where nothing
            says where it keeps its specs.
    """
    command = _code(f"make plan BASE={base}")
    lines = [
        "## Plan",
        "",
        f"**Not compared:** {_code(base)} cannot be read from this build, because",
        "",
        *_fenced("\n".join(why)),
        "",
        "The specs of this change do compile. A build of a private repository has no "
        "right to fetch from it, for pull requests have no secrets.",
        "",
    ]
    if more:
        lines += [
            "Nor can what main's build kept be read:",
            "",
            *_fenced("\n".join(more)),
        ]
    else:
        lines += [
            "To have the plan here, let main's build keep its specs for it: "
            "`_MAIN_SPECS` of both triggers (`kubeflow/cloudbuild/README.md`, 5)."
        ]
    lines += [
        "",
        f"To see it now, run {command} in a clone that may read it, or let "
        "`.github/workflows/checks.yml` do so.",
    ]
    return "\n".join(lines) + "\n"


def passed_over(late: Sequence[str]) -> tuple[str, ...]:
    """That what has a time in the future is not compared with, and what to do.

    Args:
        late: Where it is; one at least.
    """
    more = f" and {len(late) - 1} more" if late[1:] else ""
    return (
        f"Passed over, for its commit is dated in the future: {late[0]}{more}.",
        "An owner of the project may remove it (`kubeflow/cloudbuild/README.md`, 5).",
    )


def word_for(plan: Plan) -> str:
    """A plan in a word or two."""
    return counted(len(plan.changes), "changes") if plan.changes else "the same"


def cut(text: str, limit: int, whole: str) -> str:
    """The text, if it is longer than `limit` bytes cut at a line, which is said.

    Args:
        text: Markdown.
        limit: Most bytes.
        whole: Where all of it is.
    """
    if len(text.encode()) <= limit:
        return text
    note = f"\n**Cut here: this is longer than {limit:,} bytes. All of it: {whole}**\n"
    kept = text.encode()[: limit - len(note.encode()) - 16].decode(errors="ignore")
    kept = kept[: kept.rfind("\n") + 1]
    fence = ""
    for line in kept.splitlines():
        marks = re.match(r"`{3,}", line)
        if marks:
            fence = "" if fence else marks.group(0)
    return kept + (f"{fence}\n" if fence else "") + note


def _body(one: Compared) -> list[str]:
    if one.plan is None:
        return _fenced(one.why) if one.why else [f"{one.word}."]
    stream = io.StringIO()
    show(Console(file=stream, width=10_000, color_system=None), one.plan)
    return _fenced(stream.getvalue())


def _fenced(text: str) -> list[str]:
    """A block in which nothing is Markdown, whatever values it holds."""
    marks = max((len(run) for run in _CODE_SPAN.findall(text)), default=0)
    fence = "`" * max(3, marks + 1)
    return [fence, text.strip("\n"), fence]


def _code(text: str) -> str:
    return f"`{text.replace('`', '')}`"
