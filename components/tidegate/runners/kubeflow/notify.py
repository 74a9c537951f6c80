"""The exit handler's command: tells people how a run ended.

`python -m tidegate.runners.kubeflow.notify --status '<PipelineTaskFinalStatus>'`.
Where to is in the environment, from a secret of Kubernetes, and never shown: the
addresses of most services have a token in them.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import (
    ExitCode,
    InfrastructureError,
    TidegateError,
    UsageError,
    raise_all,
)
from tidegate.runners.kubeflow.failed_steps import failed_steps

URLS_VARIABLE = "TIDEGATE_NOTIFY_URLS"
# Vertex AI says SUCCEEDED; open-source KFP says what its metadata store says.
_GOOD = {"SUCCEEDED", "COMPLETE", "CACHED", "SKIPPED"}
_BAD = {"FAILED": "failed", "CANCELED": "was cancelled", "CANCELLED": "was cancelled"}
_LONGEST = 1500


@dataclass(frozen=True)
class Message:
    """What people are told.

    Attributes:
        title: One line.
        body: The rest.
        good: Whether the run succeeded.
    """

    title: str
    body: str
    good: bool


@dataclass(frozen=True)
class Patience:
    """How often a message is sent again, and how long that may take, in seconds."""

    attempts: int = 4
    first_wait: float = 1.0
    total: float = 60.0


def main(
    argv: Sequence[str],
    environment: Mapping[str, str],
    patience: Patience | None = None,
) -> int:
    """Sends one message about a run; returns the exit code."""
    try:
        options = _options().parse_args(argv)
        failed = failed_steps(options.run_id, environment) if options.run_id else ()
        message = message_of(options.status, options.pipeline, options.title, failed)
        print(f"{message.title}\n{message.body}", flush=True)
        urls = environment.get(URLS_VARIABLE, "").split()
        if not urls:
            print(f"nobody is told: put addresses of apprise into {URLS_VARIABLE}")
        send(message, urls, patience or Patience())
    except SystemExit as ended:  # argparse has said why.
        return int(ended.code or 0)
    except TidegateError as error:
        print("\n".join(error.lines()), file=sys.stderr)
        return int(error.exit_code)
    return int(ExitCode.OK)


def message_of(
    status: str,
    pipeline: str | None,
    title: str | None,
    failed: Sequence[str] = (),
) -> Message:
    """What to tell of a run.

    Args:
        status: PipelineTaskFinalStatus as JSON. Open-source KFP tells in it neither
            the step that failed nor its message; Vertex AI does.
        pipeline: Name of the pipeline.
        title: What to say before anything else; None for the name of the pipeline.
        failed: Names of the steps that failed, where they are known.

    Raises:
        UsageError: The status is not one.
    """
    told = _parsed(status)
    state = str(told.get("state") or "")
    good = state in _GOOD
    ended = "succeeded" if good else _BAD.get(state, f"ended as {state or 'unknown'}")
    error = told.get("error") or {}
    lines = {
        "pipeline": pipeline,
        "run": told.get("pipelineJobResourceName"),
        "failed": None if good else ", ".join(failed) or _step(told),
        "reason": error.get("message") or _reason(error, good),
    }
    body = "\n".join(f"{name}: {text}" for name, text in lines.items() if text)
    sign = "✓" if good else "✗"
    name = title or pipeline or "pipeline run"
    return Message(f"{sign} {name} {ended}", body[:_LONGEST], good)


def send(message: Message, urls: Sequence[str], patience: Patience) -> None:
    """Sends the message to every address, each again until it has it.

    Raises:
        UsageError: An address is none that apprise knows; the others were told.
        InfrastructureError: A service could not be reached.
    """
    if not urls:
        return
    import apprise

    # Its log has addresses in it.
    logger = logging.getLogger("apprise")
    logger.handlers[:] = [logging.NullHandler()]
    logger.propagate = False
    kind = apprise.NotifyType.SUCCESS if message.good else apprise.NotifyType.FAILURE
    errors: list[TidegateError] = []
    for number, url in enumerate(urls, start=1):
        place = f"{URLS_VARIABLE}, address {number} of {len(urls)}"
        service = _service(url)
        if service is None:
            errors.append(_unknown(place))
        elif not _sent(service, message, kind, patience):
            errors.append(_unreachable(place, str(service.service_name)))
    raise_all("people could not be told", errors)


class _NotSentError(Exception):
    """The service did not take the message."""


def _sent(service: Any, message: Message, kind: Any, patience: Patience) -> bool:
    import stamina

    logging.getLogger("stamina").addHandler(logging.NullHandler())
    again = stamina.retry_context(
        on=_NotSentError,
        attempts=patience.attempts,
        timeout=patience.total,
        wait_initial=patience.first_wait,
    )
    try:
        for attempt in again:
            with attempt:
                if not _accepted(service, message, kind):
                    raise _NotSentError
    except _NotSentError:
        return False
    return True


def _accepted(service: Any, message: Message, kind: Any) -> bool:
    try:
        return bool(
            service.notify(title=message.title, body=message.body, notify_type=kind)
        )
    except Exception:  # Of whatever library; what it says may have the address.
        return False


def _service(url: str) -> Any:
    import apprise

    try:
        return apprise.Apprise.instantiate(url, suppress_exceptions=True)
    except Exception:  # As above.
        return None


def _unknown(place: str) -> UsageError:
    return UsageError(
        "this is no address that apprise knows",
        where=place,
        expected="such as mailto://, slack:// or json://, see `apprise --details`",
        got="something else (not shown, since it may have a token)",
        fix="correct the secret",
    )


def _unreachable(place: str, service: str) -> InfrastructureError:
    return InfrastructureError(
        "the message could not be sent",
        where=place,
        got=f"{service} did not take it",
        fix="check that the address is right and can be reached from the cluster",
    )


def _parsed(status: str) -> dict[str, Any]:
    try:
        told = json.loads(status)
        if isinstance(told, dict):
            return told
        got = type(told).__name__
    except ValueError as error:
        got = str(error)
    raise UsageError(
        "this is not how a run ended",
        where="--status",
        expected="the JSON of a PipelineTaskFinalStatus",
        got=got,
        fix="let KFP start the container as an exit handler",
    )


def _step(told: Mapping[str, Any]) -> str | None:
    """The step that failed, if it is one: the group of all steps is none."""
    name = str(told.get("pipelineTaskName") or "")
    return None if name.startswith("exit-handler-") else name


def _reason(error: Mapping[str, Any], good: bool) -> str | None:
    """The code of an error without a message; where to look if there is neither."""
    if good:
        return None
    code = error.get("code")
    return f"code {code}" if code else "see the first step in red, and its log"


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tidegate.runners.kubeflow.notify",
        description="Tells people how a run ended.",
        epilog=f"Addresses of apprise are in {URLS_VARIABLE}, with blanks or line "
        "breaks between them. Exit codes: 0 sent or nobody to tell, 2 usage, "
        "4 not sent.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--status", required=True, help="PipelineTaskFinalStatus as JSON"
    )
    parser.add_argument("--pipeline", help="name of the pipeline")
    parser.add_argument("--run-id", help="id of the run, to ask KFP what failed")
    parser.add_argument("--title", help="what to call the run; default: the pipeline")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
