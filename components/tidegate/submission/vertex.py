"""Submits to Vertex AI Pipelines, where the id of a job is the key.

A job's id is made of the run's name, so that a repeated request meets the job that
the first one made: Vertex AI answers that it exists, and it is read. A label says
what the job was made of. Tried with google-cloud-aiplatform over a stand-in for
Google's servers, and with a stand-in for the library; no request has gone to Google.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from typing import Any, NoReturn

from tidegate.errors import InfrastructureError, TidegateError, UsageError
from tidegate.submission.marks import new_token
from tidegate.submission.retrying import AGAIN, CallFailed, RetryPolicy
from tidegate.submission.spec_file import SpecFile, digest

# Label of a job; Vertex AI allows small letters, digits, - and _, 63 at most.
LABEL = "tidegate-content"
TOKEN_LABEL = "tidegate-submission"
LONGEST_NAME = 128
_STATE = "PIPELINE_STATE_"
_STATES = {"CANCELLED": "CANCELED", "CANCELLING": "CANCELING"}
_AGAIN_NAMES = frozenset(
    {"ConnectionError", "ReadTimeout", "RetryError", "Timeout", "TransportError"}
)


@dataclass(frozen=True)
class Place:
    """Where jobs run, and the library that speaks to it.

    Attributes:
        project: Google Cloud project.
        region: Such as `europe-west4`.
        library: The module `google.cloud.aiplatform`.
        policy: How patient to be.
        tell: Hears one line about every call that is made again.
    """

    project: str
    region: str
    library: Any
    policy: RetryPolicy
    tell: Callable[[str], None]

    @property
    def where(self) -> dict[str, str]:
        """The place as the library's calls take it."""
        return {"project": self.project, "location": self.region}

    def page(self, job_id: str) -> str:
        """Address of a job's page."""
        return (
            "https://console.cloud.google.com/vertex-ai/pipelines/locations/"
            f"{self.region}/runs/{job_id}?project={self.project}"
        )

    def call(self, work: Callable[[], Any]) -> Any:
        """What `work` gives, done again as long as that may help.

        Raises:
            TidegateError: It was refused, or time was up.
        """
        try:
            for attempt in self.policy.calls(lambda f: self.tell(f"again: {f}")):
                with attempt:
                    try:
                        return work()
                    except TidegateError:
                        raise
                    except Exception as error:  # The library's own, by their code.
                        _as_failure(error)
        except CallFailed as failure:
            raise self._error(failure) from None
        raise AssertionError("there is always a first call")

    def _error(self, failure: CallFailed) -> TidegateError:
        where = f"Vertex AI, {self.project}, {self.region}"
        kind = InfrastructureError if failure.transient else UsageError
        return kind(
            "Vertex AI is busy or out of reach"
            if failure.transient
            else "Vertex AI refuses it",
            where=where,
            got=failure.message,
            fix="run the same command again"
            if failure.transient
            else "check --project, --region, the rights and the specification",
        )


@dataclass(frozen=True)
class Job:
    """A job that is to be.

    Attributes:
        spec: Compiled pipeline.
        name: Name of the run.
        values: Parameters, typed.
        root: Where artifacts go; None as compiled.
        service_account: That the tasks run as; None for the project's.
        token: Of this submission.
    """

    spec: SpecFile
    name: str
    values: dict[str, Any]
    root: str | None = None
    service_account: str | None = None
    token: str = field(default_factory=new_token)

    @property
    def digest(self) -> str:
        """What tells this job's content from another's."""
        return digest(
            [self.spec.payload(), self.spec.job, self.values, self.root,
             self.service_account]
        )  # fmt: skip

    @property
    def job_id(self) -> str:
        """The job's id, the same for the same pipeline and name."""
        said = json.dumps([self.spec.name, self.name]).encode()
        readable = re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:80]
        return f"tidegate-{readable or 'run'}-{hashlib.sha256(said).hexdigest()[:16]}"


def load() -> Any:
    """The module `google.cloud.aiplatform`.

    Raises:
        UsageError: It is not installed.
    """
    try:
        # What it has to say of its own goes where it disturbs no --json.
        with warnings.catch_warnings(), redirect_stdout(sys.stderr):
            warnings.simplefilter("ignore")
            from google.cloud import aiplatform
    except ImportError as error:
        raise UsageError(
            "the library for Vertex AI is not installed",
            got=str(error),
            fix="pip install google-cloud-aiplatform",
        ) from None
    return aiplatform


def submit(place: Place, job: Job) -> tuple[Any, bool]:
    """The job, and whether it was there before this submission.

    Raises:
        UsageError: The name stands for a job of another content, or is refused.
        InfrastructureError: Vertex AI was not reached in time.
    """

    def work() -> tuple[Any, bool]:
        made = pipeline_job(place, job)
        try:
            made.submit(service_account=job.service_account)
        except Exception as error:  # The library's own, by their code.
            if _code(error) != 409:
                raise
            there = place.library.PipelineJob.get(job.job_id, **place.where)
            _demand_same(place, job, there)
            return there, dict(there.labels).get(TOKEN_LABEL) != job.token
        return made, False

    done: tuple[Any, bool] = place.call(work)
    return done


def pipeline_job(place: Place, job: Job) -> Any:
    """The library's job, not yet submitted; it keeps the labels of its file."""
    own = {LABEL: job.digest, TOKEN_LABEL: job.token}
    return place.library.PipelineJob(
        display_name=job.name,
        template_path=str(job.spec.path),
        job_id=job.job_id,
        pipeline_root=job.root,
        parameter_values=job.values,
        labels={**(job.spec.job.get("labels") or {}), **own},
        **place.where,
    )


def look_at(place: Place, job_id: str) -> dict[str, Any]:
    """The job as it is now, in the form of a run of Kubeflow Pipelines."""
    job = place.call(lambda: place.library.PipelineJob.get(job_id, **place.where))
    said = job.to_dict()
    tasks = (said.get("jobDetail") or {}).get("taskDetails") or []
    return {
        "run_id": job_id,
        "display_name": said.get("displayName"),
        "state": state_of(said.get("state")),
        "pipeline_spec": said.get("pipelineSpec"),
        "run_details": {
            "task_details": [
                {
                    "display_name": task.get("taskName"),
                    "state": state_of(task.get("state")),
                }
                for task in tasks
            ]
        },
    }


def state_of(said: object) -> str:
    """A state of Vertex AI in the words of Kubeflow Pipelines."""
    word = str(getattr(said, "name", said) or "").removeprefix(_STATE)
    return _STATES.get(word, word)


def _demand_same(place: Place, job: Job, there: Any) -> None:
    was = dict(there.labels or {}).get(LABEL)
    if was == job.digest:
        return
    raise UsageError(
        f"there is already a run {job.name!r}, of another content",
        where=place.page(job.job_id),
        expected="the same pipeline, parameters and service account",
        fix="choose another --run-name",
    )


def _code(error: Exception) -> int | None:
    """HTTP status of an error of the library; None if it has none."""
    code = getattr(error, "code", None)
    value = getattr(code, "value", code)
    return value if isinstance(value, int) else None


def _as_failure(error: Exception) -> NoReturn:
    code, named = _code(error), type(error).__name__
    known = type(error).__module__.startswith(("google.", "requests.", "grpc"))
    lost = isinstance(error, (ConnectionError, TimeoutError))
    if code is None and not (lost or known):
        raise error  # A fault of the program, not of the network.
    transient = lost or code in AGAIN or (known and named in _AGAIN_NAMES)
    text = f"{named}: {str(error)[:400]}"
    raise CallFailed(text, status=code, transient=transient) from None
