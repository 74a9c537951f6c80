"""How many runs 1,000 submissions make over a network that loses answers.

    python benchmarks/submission_faults.py --write docs/benchmarks/submission.md

A server that speaks Kubeflow Pipelines' API v2beta1 answers 20 % of all calls, to
any path, with a fault: an error 429, 500, 502, 503 or 504, a reset connection or
none at all, before it has done the work, after it, or while it is still at it. Each
submission is made by `tidegate`'s client, by the published client as it is, and by
the published client with its call made again until it succeeds. Waits are a
hundredth of the usual ones, but for that for an answer, which is 3 s.
"""

from __future__ import annotations

import argparse
import logging
import random
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "components"), str(ROOT / "tests" / "submission")]

import yaml  # noqa: E402
from kfp_server import (  # type: ignore[import-not-found]  # noqa: E402
    Fault,
    Seen,
    Server,
    serving,
)
from submission_trial import compiled  # type: ignore[import-not-found]  # noqa: E402

from tidegate.errors import TidegateError  # noqa: E402
from tidegate.submission import experiments, runs  # noqa: E402
from tidegate.submission.connection import Connection  # noqa: E402
from tidegate.submission.host import Host  # noqa: E402
from tidegate.submission.retrying import RetryPolicy  # noqa: E402

# As many attempts and as much patience as usual, with a hundredth of the waits.
POLICY = RetryPolicy(
    first_wait=0.005,
    longest_wait=0.2,
    jitter=0.01,
    connect=5.0,
    answer=3.0,
    settle=0.1,
)
IN_TIME = [
    *(Fault("never", status, retry_after="0") for status in (429, 503)),
    *(
        Fault(work, status)
        for work in ("never", "before")
        for status in (500, 502, 504)
    ),
    *(Fault(work) for work in ("never", "before")),
    Fault("late", 504, delay=0.03),
    Fault("late", delay=0.03),
    Fault("before", silent=True, delay=3.5),
]
# Work that is done only after the client has ceased to wait for it.
TOO_LATE = [*IN_TIME, Fault("late", 504, delay=1.0), Fault("late", delay=1.0)]
Submit = Callable[[str, int], str]


@dataclass(frozen=True)
class Outcome:
    """What became of all submissions by one client.

    Attributes:
        runs: On the server, archived ones included.
        doubles: Runs beyond the first of their name that were not ended.
        missing: Submissions without a run.
        told: Submissions whose caller was given a run that is there and goes on.
        ended: Doubles that the client itself has ended and archived.
        seconds: For all.
    """

    runs: int
    doubles: int
    missing: int
    told: int
    ended: int
    seconds: float


def main() -> None:
    """Runs the benchmark and prints or writes its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=32)
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    text = "\n".join(_page(options)) + "\n"
    print(text)
    if options.write:
        options.write.parent.mkdir(parents=True, exist_ok=True)
        options.write.write_text(text, encoding="utf-8")


def _page(options: argparse.Namespace) -> list[str]:
    clients = {
        "tidegate submit": _tidegate,
        "tidegate submit, then again by the same names": _tidegate_twice,
        "kfp.Client": _published,
        "kfp.Client, again until it succeeds": _published_again,
    }
    lines = [
        "# Submissions over a network that loses answers",
        "",
        f"{options.submissions:,} submissions, {options.at_once} at once; "
        f"{options.share:.0%} of all calls meet a fault. "
        "Made by `python benchmarks/submission_faults.py`.",
        "",
        "| client | faults | runs on the server | doubles left | without a run "
        "| caller knows its run | doubles ended | seconds |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for kind, faults in (("done in time", IN_TIME), ("some too late", TOO_LATE)):
        for name, client in clients.items():
            done = _trial(options, faults, client)
            lines.append(
                f"| {name} | {kind} | {done.runs:,} | {done.doubles:,} "
                f"| {done.missing:,} | {done.told:,} | {done.ended:,} "
                f"| {done.seconds:.0f} |"
            )
            print(lines[-1], file=sys.stderr, flush=True)
    return lines


def _trial(
    options: argparse.Namespace,
    faults: list[Fault],
    client: Callable[[Server, Path], Submit],
) -> Outcome:
    dice, lock = random.Random(options.seed), threading.Lock()

    def fault(seen: Seen) -> Fault | None:
        with lock:
            return dice.choice(faults) if dice.random() < options.share else None

    with tempfile.TemporaryDirectory() as folder, serving(Server()) as server:
        path = Path(folder) / "spec.yaml"
        path.write_text(yaml.safe_dump(compiled()), encoding="utf-8")
        with redirect_stdout(StringIO()):
            submit = client(server, path)
        names = [f"run {number:04}" for number in range(options.submissions)]
        server.fault = fault
        begun = time.monotonic()
        told = _all(submit, names, options.at_once)
        seconds = time.monotonic() - begun
        time.sleep(1.5)  # For what is done too late.
        if client is _tidegate_twice:
            server.fault = lambda seen: None
            told = _all(submit, names, options.at_once)
        return _outcome(server, names, told, seconds)


def _all(submit: Submit, names: list[str], at_once: int) -> list[str]:
    """What each caller is told; the published client's own lines are not shown."""
    with redirect_stdout(StringIO()), ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(submit, names, range(len(names))))


def _outcome(
    server: Server, names: list[str], told: list[str], seconds: float
) -> Outcome:
    alive = {run["run_id"]: run["display_name"] for run in server.store.alive()}
    count = Counter(alive.values())
    return Outcome(
        runs=len(server.store.runs),
        doubles=sum(number - 1 for number in count.values()),
        missing=sum(name not in count for name in names),
        told=sum(alive.get(run) == name for run, name in zip(told, names, strict=True)),
        ended=len(server.store.runs) - len(alive),
        seconds=seconds,
    )


def _tidegate(server: Server, path: Path) -> Submit:
    connection = Connection(Host(server.url), policy=POLICY)
    where = str(experiments.find_or_make(connection, "trials", None)["experiment_id"])
    spec = yaml.safe_load(path.read_text(encoding="utf-8"))

    def submit(name: str, number: int) -> str:
        content = {
            "pipeline_spec": spec,
            "runtime_config": {"parameters": {"number": number}},
        }
        wanted = runs.Submission(name, True, where, content)
        try:
            return str(runs.submit(connection, wanted).run["run_id"])
        except TidegateError:
            return ""

    return submit


def _tidegate_twice(server: Server, path: Path) -> Submit:
    return _tidegate(server, path)


def _published(server: Server, path: Path) -> Submit:
    import kfp

    client: Any = kfp.Client(host=server.url, existing_token="none")
    where = client.create_experiment("trials").experiment_id

    def submit(name: str, number: int) -> str:
        try:
            made = client.run_pipeline(where, name, str(path), {"number": number})
        except Exception:  # Of urllib3 or of the API, as it happens.
            return ""
        return str(made.run_id)

    return submit


def _published_again(server: Server, path: Path) -> Submit:
    once = _published(server, path)

    def submit(name: str, number: int) -> str:
        for attempt in range(POLICY.attempts):
            if made := once(name, number):
                return made
            time.sleep(min(POLICY.longest_wait, POLICY.first_wait * 2**attempt))
        return ""

    return submit


if __name__ == "__main__":
    main()
