"""Runs the three builds of this repository here, and shows what broken files get.

    python scripts/cloudbuild_test.py [--whole] [--fresh] [--committed] [--verbose]

`make cloudbuild-test` calls it. Nothing reaches the cloud: docker and gcloud are
stand-ins that check and record their calls, Kubeflow Pipelines is a server here. All
else really runs, in fresh clones of this checkout: HEAD, and with it the changes of
tracked files that are not committed (--committed leaves those out).
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "components")]

from cloudbuild import kfp_api, trial, trial_checks  # noqa: E402
from cloudbuild.breaking import show_refusals  # noqa: E402
from cloudbuild.caches import Caches  # noqa: E402
from cloudbuild.executing import Done, Request, manner  # noqa: E402
from cloudbuild.showing import fail, say, tell, tell_calls, tell_end  # noqa: E402
from cloudbuild.sources import Trial, trial_repository, uncommitted  # noqa: E402
from cloudbuild.surroundings import why_not_apart  # noqa: E402
from cloudbuild.trial import Stage, stage  # noqa: E402
from cloudbuild.trial_checks import Check  # noqa: E402
from tidegate.errors import TidegateError  # noqa: E402

INTERRUPTED = 130


class Session:
    """One run of everything, with what failed in it.

    Args:
        on: What the builds share.
        verbose: Whether the logs are shown as they grow.
    """

    def __init__(self, on: Stage, verbose: bool) -> None:
        self.on, self.failed = on, 0
        self._listen = (lambda line: say(f"    {line}")) if verbose else None

    def build(self, title: str, request: Request) -> Done:
        """Runs a build, telling how it goes."""
        say(f"\n━━ {title}")
        done = trial.run(self.on, request, tell, self._listen)
        tell_end(done.result)
        if done.calls:
            say("  calls of the cloud:")
            tell_calls(done.calls)
        if done.result.status == "CANCELLED":
            raise KeyboardInterrupt
        return done

    def hold(self, checks: Iterator[Check]) -> bool:
        """Tells what is and is not as it must be; True if all is."""
        kept = True
        for check in checks:
            say(f"  {'✓' if check.kept else '✗'} {check.promise}")
            if not check.kept:
                kept = False
                self.failed += 1
                say(f"      found: {check.found or 'it is not so'}"[:1500])
        return kept


def main() -> int:
    """Runs everything; 0 if the builds and the refusals are as they must be."""
    options = _options()
    folder = Path(options.output or tempfile.mkdtemp(prefix="tidegate-cloudbuild-"))
    folder.mkdir(parents=True, exist_ok=True)
    begin = time.monotonic()
    try:
        failed = 0 if options.only_broken else _builds(options, folder.resolve())
        failed += 0 if options.only_builds else show_refusals(ROOT, folder)
    except KeyboardInterrupt:
        fail("interrupted; nothing runs any more")
        return INTERRUPTED
    except TidegateError as error:
        for line in error.lines():
            print(line, file=sys.stderr)
        return int(error.exit_code)
    say(f"\n{time.monotonic() - begin:.0f} s; logs, calls and results: {folder}")
    if failed:
        fail(f"{failed} things are not as they must be")
    return 1 if failed else 0


def _builds(options: argparse.Namespace, folder: Path) -> int:
    repository = trial_repository(ROOT, folder, committed=options.committed)
    caches = None if options.fresh else Caches.of_this_environment()
    _introduce(options, folder, repository, caches)
    if caches:
        caches.prepare()
    apart = why_not_apart() is None
    with stage(
        folder,
        repository,
        caches,
        apart,
        whole=options.whole,
        online=options.online,
    ) as on:
        session = Session(on, options.verbose)
        _tell_story(session)
    names = ("pull-request", "main", "main-again", trial.PRIVATE, "tag", "stray-tag")
    for name in names:
        if not options.keep:
            shutil.rmtree(folder / name / "workspace", ignore_errors=True)
            shutil.rmtree(folder / name / "home", ignore_errors=True)
    return session.failed


def _tell_story(session: Session) -> None:
    on = session.on
    refs = on.trial.refs()
    change = on.trial.change[:7]
    done = session.build(f"pull request: {change}", trial.pull_request(on))
    session.hold(trial_checks.after_pull_request(on, done, refs))
    on.trial.merge()
    done = session.build(f"push to main: {change}", trial.push_to_main(on))
    if not session.hold(trial_checks.after_main(on, done)):
        return  # What follows promotes what this one should have left.
    before = trial_checks.left(on)
    done = session.build("the same push again", trial.push_to_main(on, "main-again"))
    session.hold(trial_checks.after_repeat(on, done, before))
    private = f"pull request of a private repository: {on.trial.later[:7]}"
    before = trial_checks.contents(on.specs)
    done = session.build(private, trial.private_pull_request(on))
    session.hold(trial_checks.after_private_pull_request(on, done, before))
    done = session.build(f"tag {trial.VERSION}: {change}", trial.tag(on))
    session.hold(trial_checks.after_tag(on, done))
    requests, older = len(on.prod.seen), on.trial.older
    stray = trial.tag(on, "stray-tag", older)
    done = session.build(f"tag on {older[:7]}, which main never built", stray)
    session.hold(trial_checks.after_stray_tag(on, done, requests))
    _tell_servers(on)


def _tell_servers(on: Stage) -> None:
    say("\n━━ what Kubeflow Pipelines holds now")
    for name, server in (("development", on.dev), ("production", on.prod)):
        for run, state in kfp_api.runs(server):
            say(f"  {name:<12} run {run}: {state}")
        for pipeline, version in kfp_api.versions(server):
            say(f"  {name:<12} pipeline {pipeline}, version {version}")


def _introduce(
    options: argparse.Namespace, folder: Path, made: Trial, caches: Caches | None
) -> None:
    changed = [] if options.committed else uncommitted(ROOT)
    more = f" and {len(changed)} files changed since" if changed else ""
    say(f"source   fresh clones of {made.older[:7]}{more}, as commit {made.change[:7]}")
    say(f"steps    {manner()}")
    say(f"caches   {caches.folder if caches else 'none'}; _CACHE is left empty")
    if options.whole:
        say("tests    all of them")
    else:
        say(f"tests    a part: {trial.SOME_TESTS} (CLOUDBUILD_ARGS=--whole for all)")
    if not options.online:
        say("audit    advisories as reviewed, without the network (--online: OSV's)")
    say(f"folder   {folder}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    for name, words in {
        "whole": "run all tests in the pull request's build",
        "fresh": "give the builds no cache of this machine",
        "committed": "leave out what is not committed",
        "online": "ask the real service of advisories",
        "verbose": "show the logs as they grow",
        "keep": "keep the workspaces",
        "only-builds": "leave the broken files out",
        "only-broken": "show what broken files get, and run no build",
    }.items():
        parser.add_argument(f"--{name}", action="store_true", help=words)
    parser.add_argument("--output", help="the folder for logs, calls and results")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
