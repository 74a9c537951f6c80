"""What an environment file says: where and how a pipeline runs, and none of its code.

`kubeflow/dev.yaml` and `kubeflow/prod.yaml` are such files. They choose settings
of the pipeline (laid over its `config.yaml`), which of these a run may change, the
image, and for each step what it needs of the cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from tidegate.documents import Document
from tidegate.errors import UsageError
from tidegate.runners.kubeflow.compiling import quantities

_DURATION = r"^\d+(s|m|h)$"
_DNS_LABEL = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_]*$"


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Cpu(_Settings):
    """Processors of a step: what it asks for, and what it gets at most."""

    request: str | None = None
    limit: str | None = None

    @field_validator("request", "limit", mode="before")
    @classmethod
    def _quantity(cls, value: object) -> object:
        if value is not None:
            quantities.cores(str(value))
        return None if value is None else str(value)


class Memory(_Settings):
    """Memory of a step: what it asks for, and what it gets at most."""

    request: str | None = None
    limit: str | None = None

    @field_validator("request", "limit", mode="before")
    @classmethod
    def _quantity(cls, value: object) -> object:
        if value is not None:
            quantities.gigabytes(str(value))
        return None if value is None else str(value)


class Gpu(_Settings):
    """Accelerators of a step; on Vertex the type is such as NVIDIA_TESLA_T4."""

    type: str = "nvidia.com/gpu"
    count: int = Field(default=1, ge=1)


class Retries(_Settings):
    """How often a step that failed is tried again, and how long after.

    Attributes:
        count: Tries after the first one.
        backoff: Wait before the second try.
        factor: By which each wait is longer than the one before; a whole number,
            since Argo takes no other.
        longest: Time since the first try after which there is no other.
    """

    count: int = Field(ge=0, le=100)
    backoff: str = Field(default="30s", pattern=_DURATION)
    factor: int = Field(default=2, ge=1)
    longest: str = Field(default="24h", pattern=_DURATION)


class Toleration(_Settings):
    """A taint of nodes that the step's pod may run in spite of."""

    key: str | None = None
    operator: Literal["Equal", "Exists"] = "Equal"
    value: str | None = None
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    seconds: int | None = Field(default=None, ge=0)


class SecretEnv(_Settings):
    """A Kubernetes secret (or config map) whose keys become environment variables."""

    name: str
    keys: dict[str, str]
    optional: bool = False

    @field_validator("keys")
    @classmethod
    def _variables(cls, keys: dict[str, str]) -> dict[str, str]:
        import re

        wrong = [name for name in keys.values() if not re.match(_ENV_NAME, name)]
        if wrong or not keys:
            raise ValueError("say key: VARIABLE, with names that a shell would take")
        return keys


class Mount(_Settings):
    """A secret or config map, and the folder where the step has it as files.

    KFP calls the pod's volume by this name, which Kubernetes takes only as a label
    of DNS, and once.
    """

    name: str = Field(pattern=_DNS_LABEL)
    path: str = Field(pattern=r"^/")
    optional: bool = False


class Volume(_Settings):
    """A persistent volume claim, and the folder where the step has it."""

    claim: str
    path: str = Field(pattern=r"^/")


class Step(_Settings):
    """What a step needs of the cluster; what is None or empty is left to it.

    Attributes:
        image: Instead of the pipeline's image.
        env: Environment variables, in plain sight: secrets go by reference.
        secret_env: Secrets as environment variables.
        secret_files: Secrets as files.
        config_env: Config maps as environment variables.
        config_files: Config maps as files.
        volumes: Persistent volume claims.
        labels: Of the pod.
        annotations: Of the pod.
        cache: Whether KFP may serve the step from its cache. None: yes, except
            for steps that read what is outside of the pipeline.
        deadline_seconds: After which Kubernetes ends the pod.
    """

    image: str | None = None
    cpu: Cpu | None = None
    memory: Memory | None = None
    gpu: Gpu | None = None
    retries: Retries | None = None
    node_selector: dict[str, str] = Field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    env: dict[str, str] = Field(default_factory=dict)
    secret_env: tuple[SecretEnv, ...] = ()
    secret_files: tuple[Mount, ...] = ()
    config_env: tuple[SecretEnv, ...] = ()
    config_files: tuple[Mount, ...] = ()
    volumes: tuple[Volume, ...] = ()
    labels: dict[str, str] = Field(default_factory=dict)
    annotations: dict[str, str] = Field(default_factory=dict)
    image_pull_secrets: tuple[str, ...] = ()
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    cache: bool | None = None
    deadline_seconds: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _short_forms(cls, given: Any) -> Any:
        """`cpu: 2` and `memory: 4Gi` are limits, `retries: 2` is a count."""
        if not isinstance(given, dict):
            return given
        short = {"cpu": "limit", "memory": "limit", "gpu": "count", "retries": "count"}
        return {
            key: {short[key]: value}
            if key in short and isinstance(value, (str, int, float))
            else value
            for key, value in given.items()
        }

    @model_validator(mode="after")
    def _each_volume_once(self) -> Step:
        claims = [one.claim for one in self.volumes]
        files = (*self.secret_files, *self.config_files)
        named = [*claims, *(one.name for one in files)]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} would be two volumes of one name")
        return self

    def over(self, base: Step) -> Step:
        """These needs laid over those of every step; maps are joined."""
        laid = base.model_dump(exclude_unset=True)
        for key, value in self.model_dump(exclude_unset=True).items():
            joined = isinstance(value, dict) and isinstance(laid.get(key), dict)
            laid[key] = {**laid[key], **value} if joined else value
        return Step.model_validate(laid)


class Notify(_Settings):
    """A message when a run has ended, however it ended.

    Attributes:
        secret: Kubernetes secret with the places to tell, as Apprise writes them
            (https://github.com/caronc/apprise/wiki); one a line.
        key: Its key in the secret.
        title: First line of the message.
    """

    secret: str
    key: str = "urls"
    title: str | None = None


class Submission(_Settings):
    """Where `tidegate submit` sends the pipeline, unless told otherwise."""

    host: str | None = None
    namespace: str | None = None
    experiment: str | None = None
    service_account: str | None = None
    project: str | None = None
    region: str | None = None


class Pipeline(_Settings):
    """What an environment file says of one pipeline, laid over what it says of all.

    Attributes:
        image: Container image of every step, best by digest.
        pipeline_root: Where artifacts go, as a URI; KFP's own default if None.
        settings: Laid over the pipeline's `config.yaml`.
        parameters: Settings that a run may change. Their defaults are the values
            that the settings have.
        steps: What every step needs.
        components: What single components need, by their id, laid over `steps`.
        beam_args: Arguments for Beam.
        notify: Whom to tell when a run has ended.
        submit: Where it is sent.
        ignore: Findings of the linter that are known: code to components.
    """

    image: str | None = None
    pipeline_root: str | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    steps: Step = Step()
    components: dict[str, Step] = Field(default_factory=dict)
    beam_args: tuple[str, ...] = ()
    notify: Notify | None = None
    submit: Submission = Submission()
    ignore: dict[str, list[str]] = Field(default_factory=dict)


class Deployment(Pipeline):
    """An environment file.

    Attributes:
        project_folder: Where the image has the project, for Vertex AI; on KFP the
            container knows it by itself.
        pipelines: What differs for single pipelines, by name.
    """

    image: str
    project_folder: str = "/home/tidegate/project"
    pipelines: dict[str, Pipeline] = Field(default_factory=dict)

    def step(self, component: str) -> Step:
        """What a component needs."""
        own = self.components.get(component)
        return self.steps if own is None else own.over(self.steps)

    def of(self, pipeline: str) -> Deployment:
        """What holds for one pipeline."""
        own = self.pipelines.get(pipeline)
        if own is None:
            return self
        said: dict[str, Any] = {
            name: getattr(own, name) for name in own.model_fields_set
        }
        for name in ("settings", "ignore"):
            if name in said:
                said[name] = {**getattr(self, name), **said[name]}
        if "steps" in said:
            said["steps"] = own.steps.over(self.steps)
        if "submit" in said:
            given = own.submit.model_dump(exclude_unset=True)
            said["submit"] = self.submit.model_copy(update=given)
        if "components" in said:
            said["components"] = {
                **self.components,
                **{
                    name: one.over(self.components.get(name, Step()))
                    for name, one in own.components.items()
                },
            }
        return self.model_copy(update=said)


def find_environment(env: str, folders: Sequence[Path]) -> Path:
    """The file of an environment.

    Args:
        env: A file that ends in .yaml, or the name of one without its ending.
        folders: Where a `kubeflow/` with environment files may be.

    Raises:
        UsageError: No folder has it.
    """
    file = Path(env)
    if file.suffix in (".yaml", ".yml"):
        return file
    places = [folder / "kubeflow" / f"{env}.yaml" for folder in folders]
    for place in places:
        if place.is_file():
            return place
    raise UsageError(
        f"there is no environment {env}",
        where="--env",
        expected=" or ".join(map(str, places)),
        got="no such file",
        fix="write one that says image: …, or name a file: --env FILE.yaml",
    )


def load_deployment(file: Path, pipeline: str) -> Deployment:
    """What an environment file says of a pipeline.

    Args:
        file: Such as `kubeflow/dev.yaml`.
        pipeline: Name of the pipeline.

    Raises:
        UsageError: The file is missing or something in it is wrong, all at once.
    """
    return Document.read(file).validate(Deployment).of(pipeline)
