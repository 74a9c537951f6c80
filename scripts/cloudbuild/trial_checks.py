"""What must be true after each of the three builds: checked on what they left."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from cloudbuild import kfp_api
from cloudbuild.executing import Done
from cloudbuild.results import FAILURE, SUCCESS
from cloudbuild.trial import ACCOUNT, TOKENS, VERSION, Stage


@dataclass(frozen=True)
class Check:
    """One thing that must be true.

    Attributes:
        promise: What it is, as a sentence.
        kept: Whether it is true.
        found: What was found instead.
    """

    promise: str
    kept: bool
    found: str = ""


def after_pull_request(on: Stage, done: Done, refs: str) -> Iterator[Check]:
    """A pull request reads, judges and tells; it has no secret and writes nothing."""
    yield _ended(done, SUCCESS)
    message = done.message
    asked = [*message.available_secrets.secret_manager, *message.secrets]
    asked += [name for step in message.steps for name in step.secret_env]
    yield Check("it asks for no secret, and was given none", not asked, str(asked))
    touched = [
        *(call["program"] for call in done.calls),
        *(path.name for path in on.builds.rglob("*")),
        *(seen.path for server in (on.dev, on.prod) for seen in server.seen),
    ]
    promise = "no cloud program was called, no record written, no server spoken to"
    yield Check(promise, not touched, str(touched))
    yield Check("the repository is as it was", on.trial.refs() == refs)
    plan = done.step("plan").output.decode(errors="replace")
    told = "flights.dev.yaml" in plan and "memory limit 3.221 GB → 4.295 GB" in plan
    yield Check("its output is the plan: 4 GiB of memory instead of 3", told, plan)
    yield no_token_in(done.request.folder)


def after_main(on: Stage, done: Done) -> Iterator[Check]:
    """Main builds, records and submits, each once."""
    yield _ended(done, SUCCESS)
    yield _no_refusals(done)
    commit = on.trial.change
    pushed = on.recording.pushed(on.image)
    digest = pushed.get(commit, "nothing")
    record = read_record(on, commit)
    promise = (
        f"the record names the image by the digest that was pushed, {digest[:19]}…"
    )
    yield Check(promise, record.get("image") == f"{on.image}@{digest}", str(record))
    wrong = list(_wrong_files(on.builds / commit, record))
    count = len(record.get("files", {}))
    promise = f"the sha256 of each of its {count} files is that of the file there"
    yield Check(promise, count > 0 and not wrong, str(wrong))
    specs = sorted((on.builds / commit / "specs").glob("*"))
    others = [one.name for one in specs if digest not in one.read_text()]
    yield Check(
        "every spec runs that very image", bool(specs) and not others, str(others)
    )
    kept = [path.name for path in on.specs.rglob("*.json")]
    promise = "its specs are kept for pull requests, whole and in one file"
    yield Check(promise, len(kept) == 1 and commit in kept[0], str(kept))
    images = [(name, found) for name, found in done.result.images]
    expected = [(f"{on.image}:{commit}", digest)]
    yield Check(
        "Cloud Build's own `images` is it, too", images == expected, str(images)
    )
    runs, wanted = kfp_api.runs(on.dev), f"flights-{commit[:7]}"
    promise = f"development has the run {wanted}, once"
    yield Check(promise, [name for name, _ in runs] == [wanted], str(runs))
    yield Check("every request bore development's token", _all_bore(on.dev))
    yield Check("production heard nothing", not on.prod.seen)
    yield no_token_in(done.request.folder)


def after_repeat(on: Stage, done: Done, before: dict[str, bytes]) -> Iterator[Check]:
    """The same build again leaves everything as it was."""
    yield _ended(done, SUCCESS)
    yield _no_refusals(done)
    built = [call for call in done.calls if call["argv"][0] == "build"]
    yield Check("the image was not built again", not built, str(built))
    started = [call["argv"][-1] for call in done.calls if call["argv"][0] == "run"]
    digest = on.recording.pushed(on.image).get(on.trial.change)
    promise = "the image that was started is the one of the registry"
    yield Check(promise, started == [f"{on.image}@{digest}"], str(started))
    promise = "record and kept specs are the same, byte by byte"
    yield Check(promise, left(on) == before)
    runs = kfp_api.runs(on.dev)
    yield Check("development still has one run", len(runs) == 1, str(runs))


def after_private_pull_request(
    on: Stage, done: Done, before: dict[str, bytes]
) -> Iterator[Check]:
    """Where git cannot fetch main, the plan is against what main's build kept."""
    yield _ended(done, SUCCESS)
    plan = done.step("plan").output.decode(errors="replace")
    told = "flights.dev.yaml" in plan and "memory limit 4.295 GB → 3.221 GB" in plan
    yield Check("its output is the plan: 3 GiB of memory instead of 4", told, plan)
    others = [
        one for one in ("flights.prod.yaml", "flights.vertex.json") if one in plan
    ]
    promise = "the specs that do not change are the same, image and all"
    kept = len(others) == 2 and all(f"`{one}` | the same" in plan for one in others)
    yield Check(promise, kept, plan)
    promise = "it says against what: commit, time, and that it is the merge base"
    commit = on.trial.change[:12]
    kept = all(one in plan for one in (commit, " UTC, ", "its merge base"))
    yield Check(promise, kept, plan)
    digest = on.recording.pushed(on.image).get(on.trial.change, "nothing")
    yield Check("main's image is not in it", digest not in plan, plan)
    promise = "no cloud program was called, and what main kept is as it was"
    kept = not done.calls and contents(on.specs) == before
    yield Check(promise, kept, str(done.calls))
    yield no_token_in(done.request.folder)


def after_tag(on: Stage, done: Done) -> Iterator[Check]:
    """A tag gives names to what is there, and makes nothing."""
    yield _ended(done, SUCCESS)
    yield _no_refusals(done)
    digests = on.recording.pushed(on.image)
    same = digests.get(VERSION) == digests.get(on.trial.change) is not None
    yield Check(f"{VERSION} is the digest that main pushed", same, str(digests))
    path = on.image.partition("/")[2]
    wrote, wanted = on.registry.written, [f"/v2/{path}/manifests/{VERSION}"]
    promise = "the registry took one manifest, under the tag, and no call without token"
    kept = wrote == wanted and not on.registry.refused
    yield Check(promise, kept, f"{wrote}, refused: {on.registry.refused}")
    words = {"build", "push", "commit"}
    made = [call for call in done.calls if words & set(call["argv"][:2])]
    yield Check("nothing was built or pushed", not made, str(made))
    folder = on.builds / on.trial.change / "specs"
    recorded = {one.name: one.read_bytes() for one in folder.glob("*.prod.*")}
    sent = sorted(map(_documents, kfp_api.uploads(on.prod)))
    wanted = sorted(map(_documents, recorded.values()))
    promise = f"the {len(recorded)} recorded specs for production were uploaded, whole"
    kept = bool(recorded) and sent == wanted
    yield Check(promise, kept, f"{len(sent)} uploads, {sorted(recorded)}")
    versions = kfp_api.versions(on.prod)
    right = [one for one in versions if one[1] == VERSION]
    kept = len(right) == len(recorded)
    yield Check(f"production has them as version {VERSION}", kept, str(versions))
    yield Check("every request bore production's token", _all_bore(on.prod))
    yield Check("and no run was started", not kfp_api.runs(on.prod))
    yield no_token_in(done.request.folder)


def after_stray_tag(on: Stage, done: Done, requests: int) -> Iterator[Check]:
    """A tag on a commit that main never built is refused before anything is done."""
    yield _ended(done, FAILURE)
    failed = [step.name for step in done.result.steps if step.status == FAILURE]
    yield Check("its first step fails", failed == ["build-record"], str(failed))
    log = done.step("build-record").log
    said = log.read_text() if log else ""
    promise = "it says that main has not built the commit"
    yield Check(promise, "main has not built" in said, said[-300:])
    heard = len(on.prod.seen) - requests
    yield Check("nothing was called or uploaded", not done.calls and not heard)


def no_token_in(folder: Path) -> Check:
    """No file that a build left holds a token."""
    found = [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and _holds_token(path)
    ]
    return Check("no file that it left holds a token", not found, str(found))


def read_record(on: Stage, commit: str) -> dict[str, Any]:
    """What main wrote down of a commit; empty where there is nothing."""
    path = on.builds / commit / "build.json"
    said: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return said


def left(on: Stage) -> dict[str, bytes]:
    """Every file that main left, with its content."""
    return {**contents(on.builds), **contents(on.specs)}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file in a folder with its content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def _documents(content: bytes) -> str:
    """Everything that YAML says; the uploading client writes it in its own style."""
    return json.dumps(list(yaml.safe_load_all(content)), sort_keys=True)


def _ended(done: Done, status: str) -> Check:
    found = done.result.status
    return Check(f"the build ends as {status}", found == status, done.result.detail)


def _no_refusals(done: Done) -> Check:
    refused = [
        f"{call['program']} {call['argv']}: {call['refused']}"
        for call in done.calls
        if call["refused"]
    ]
    return Check("no call of the cloud was refused", not refused, "\n".join(refused))


def _wrong_files(folder: Path, record: dict[str, Any]) -> Iterator[str]:
    for name, digest in record.get("files", {}).items():
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing"
        elif hashlib.sha256(path.read_bytes()).hexdigest() not in digest:
            yield f"{name} is not {digest}"


def _all_bore(server: Any) -> bool:
    wanted = f"Bearer {server.token}"
    said = [seen.headers.get("authorization") for seen in server.seen]
    return bool(said) and set(said) == {wanted}


def _holds_token(path: Path) -> bool:
    content = path.read_bytes()
    return any(one.encode() in content for one in (*TOKENS.values(), ACCOUNT))
