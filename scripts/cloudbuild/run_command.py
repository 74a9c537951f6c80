"""`run FILE`: one build of this checkout, as somebody asks for it by hand."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cloudbuild.caches import Caches, network
from cloudbuild.document import ROOT
from cloudbuild.executing import Request, execute, manner
from cloudbuild.recording import Recording
from cloudbuild.results import CANCELLED, SUCCESS
from cloudbuild.showing import fail, say, tell, tell_calls, tell_end
from cloudbuild.sources import git, workspace
from cloudbuild.surroundings import why_not_apart
from tidegate.documents import Document
from tidegate.errors import ExitCode, TidegateError, UsageError

_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


@dataclass(frozen=True)
class Given:
    """What somebody says on the command line.

    Attributes:
        substitutions: `_NAME=value` each.
        builtins: `NAME=value` each, for what Cloud Build sets.
        commit: Which commit; empty for HEAD.
        branch: The branch's name.
        tag: The tag's name.
        secrets: File with a value for each secret.
        fresh: Whether no cache is given.
        quiet: Whether the log is only written.
    """

    substitutions: tuple[str, ...] = ()
    builtins: tuple[str, ...] = ()
    commit: str = ""
    branch: str = ""
    tag: str = ""
    secrets: Path | None = None
    fresh: bool = False
    quiet: bool = False


def run_build(file: Path, given: Given, output: Path | None, root: Path = ROOT) -> int:
    """Runs the build; returns the exit code of the command."""
    folder = output or Path(tempfile.mkdtemp(prefix="tidegate-build-"))
    try:
        return _run(file, given, folder.resolve(), root)
    except KeyboardInterrupt:
        fail("interrupted; nothing runs any more")
        return int(ExitCode.INTERRUPTED)
    except TidegateError as error:
        for line in error.lines():
            fail(line)
        return int(error.exit_code)


def pairs(texts: Iterable[str]) -> dict[str, str]:
    """NAME=value texts as a mapping.

    Raises:
        UsageError: One is not of that form.
    """
    found = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not _NAME.fullmatch(name):
            raise UsageError(
                "a substitution is NAME=value", got=text, fix="_NAME=value"
            )
        found[name] = value
    return found


def secrets_in(path: Path | None) -> dict[str, str]:
    """Values of secrets by their names.

    Raises:
        UsageError: The file is no mapping of texts.
    """
    if path is None:
        return {}
    data = Document.read(path).data
    if not all(isinstance(value, str) for value in data.values()):
        raise UsageError(
            "a value of a secret is no text", where=str(path), fix="put it in quotes"
        )
    return dict(data)


def _run(file: Path, given: Given, folder: Path, root: Path) -> int:
    commit = git(root, "rev-parse", given.commit or "HEAD").strip()
    apart = why_not_apart() is None
    recording = Recording(folder / "recording", apart)
    recording.prepare()
    caches = None if given.fresh else Caches.of_this_environment()
    if caches:
        caches.prepare()
    source = folder / "workspace"
    workspace(root, commit, source, f"file://{root}")
    named = {"BRANCH_NAME": given.branch, "TAG_NAME": given.tag}
    request = Request(
        "run",
        file.resolve(),
        source,
        folder,
        given=pairs(given.substitutions),
        builtins={**named, "COMMIT_SHA": commit, **pairs(given.builtins)},
        secrets=secrets_in(given.secrets),
        variables=network(os.environ),
    )
    say(f"source   a fresh clone of {commit[:7]}; the build file as it is: {file}")
    say(f"steps    {manner()}")
    listen = None if given.quiet else (lambda line: say(f"    {line}"))
    done = execute(request, recording, caches, tell, listen)
    tell_end(done.result)
    tell_calls(done.calls)
    say(f"logs, calls and results: {folder}")
    if done.result.status == CANCELLED:
        return int(ExitCode.INTERRUPTED)
    ok = done.result.status == SUCCESS
    return int(ExitCode.OK if ok else ExitCode.TESTS_FAILED)
