"""Checks the workflows of GitHub: schema, pins, rights, and what they call."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tidegate.documents import Document
from tidegate.errors import ExitCode

FOLDER = Path(".github", "workflows")
PINNED = re.compile(r"^[\w.-]+(?:/[\w.-]+)+@[0-9a-f]{40}$")
VERSION = re.compile(r"#\s*v\d+(\.\d+)*\s*$")
MAKE = re.compile(r"^make((?:[ \t]+(?:[A-Z_]+=\S+|[a-z][a-z0-9-]*))+)$")
TARGET = re.compile(r"^([a-z][a-z0-9-]*):", re.MULTILINE)
# However it is spelled: an expression, a mapping that is handed on, the whole context.
SECRET = re.compile(
    r"\bsecrets\s*[.\[]|\$\{\{[^}]*\bsecrets\b|^\s*secrets\s*:"
    r"|\bgithub\s*(\.|\[\W?)\s*token\b|toJSON\(\s*github\s*\)",
    re.MULTILINE | re.IGNORECASE,
)
# A runner of them has the rights of the repository while it runs others' code.
UNSAFE = frozenset({"pull_request_target", "workflow_run", "issue_comment"})

Rule = Callable[[Document, str, frozenset[str]], Iterator[tuple[tuple[Any, ...], str]]]


def check(root: Path) -> int:
    """Prints every fault of every workflow; 1 if there is any."""
    paths = sorted((root / FOLDER).glob("*.y*ml"))
    found = [fault for path in paths for fault in faults(path, root)]
    for fault in found:
        print(f"✗ {fault}", file=sys.stderr)
    codes = [_by_tool(command, paths, root) for command in TOOLS]
    print(f"workflows: {len(paths)} files, {len(found)} faults")
    return ExitCode.TESTS_FAILED if found or any(codes) else ExitCode.OK


TOOLS = (
    ("check_jsonschema", "--builtin-schema", "vendor.github-workflows"),
    ("zizmor", "--offline", "--persona=pedantic", "--no-progress", "--quiet"),
)


def faults(path: Path, root: Path) -> Iterator[str]:
    """What breaks a rule of the house in one workflow, each with its line."""
    document = Document.read(path)
    text = path.read_text(encoding="utf-8")
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    targets = frozenset(TARGET.findall(makefile))
    for rule in RULES:
        for at, message in rule(document, text, targets):
            line = document.line_of(at) or 1
            yield f"{path.relative_to(root)}:{line}: {message}"


def called(path: Path) -> frozenset[str]:
    """The make targets that a workflow calls."""
    found = set[str]()
    for _, step in steps(Document.read(path)):
        words = MAKE.match(str(step.get("run", "")).strip())
        found.update(_targets(words) if words else ())
    return frozenset(found)


def steps(document: Document) -> Iterator[tuple[tuple[Any, ...], Mapping[str, Any]]]:
    """Every step of every job, with its path."""
    for name, job in document.data.get("jobs", {}).items():
        for number, step in enumerate(job.get("steps", ())):
            yield ("jobs", name, "steps", number), step


def actions_are_pinned(
    document: Document, text: str, targets: frozenset[str]
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """An action is named by its commit, with its version as a comment."""
    lines = text.splitlines()
    for at, step in steps(document):
        if "uses" not in step:
            continue
        where = (*at, "uses")
        if not PINNED.match(step["uses"]):
            yield where, f"{step['uses']} can change: name it by a commit of 40 digits"
        elif not VERSION.search(lines[(document.line_of(where) or 1) - 1]):
            yield where, "say the version of that commit in a comment: # v1.2.3"


def runs_are_make(
    document: Document, text: str, targets: frozenset[str]
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """A step runs make targets and nothing else, so that it can be tried anywhere."""
    for at, step in steps(document):
        if "run" not in step:
            continue
        words = MAKE.match(str(step["run"]).strip())
        if words is None:
            yield (*at, "run"), "a step runs one `make TARGET …` and nothing else"
            continue
        for name in sorted(set(_targets(words)) - targets):
            yield (*at, "run"), f"the Makefile has no target {name}"


def rights_are_least(
    document: Document, text: str, targets: frozenset[str]
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """A workflow only reads, has no secrets, and serves no stranger's event."""
    if document.data.get("permissions") != {"contents": "read"}:
        yield ("permissions",), "say `permissions: {contents: read}`, and no more"
    for name, job in document.data.get("jobs", {}).items():
        if "permissions" in job:
            yield (
                ("jobs", name, "permissions"),
                "no job has rights of its own; remove it",
            )
        for key in sorted({"uses", "secrets"} & set(job)):
            message = f"`{key}` runs what stands elsewhere; write the steps here"
            yield ("jobs", name, key), message
        if "timeout-minutes" not in job:
            yield ("jobs", name), "say `timeout-minutes`"
    for event in sorted(UNSAFE & set(document.data.get("on", {}))):
        yield ("on", event), f"{event} gives a stranger's code our rights; remove it"
    if SECRET.search(text):
        yield (), "a check needs no secret and no token; remove it"


def checkouts_forget_the_token(
    document: Document, text: str, targets: frozenset[str]
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """A checkout leaves no token where the steps after it can read it."""
    for at, step in steps(document):
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            given = step.get("with", {}).get("persist-credentials")
            if given is not False:
                yield at, "say `persist-credentials: false`"


RULES: tuple[Rule, ...] = (
    actions_are_pinned,
    runs_are_make,
    rights_are_least,
    checkouts_forget_the_token,
)


def _targets(words: re.Match[str]) -> list[str]:
    return [word for word in words[1].split() if "=" not in word]


def _by_tool(command: tuple[str, ...], paths: list[Path], root: Path) -> int:
    program = Path(sys.executable).with_name(command[0])
    start = [str(program)] if program.exists() else [sys.executable, "-m", command[0]]
    names = [str(path.relative_to(root)) for path in paths]
    return subprocess.run([*start, *command[1:], *names], cwd=root).returncode
