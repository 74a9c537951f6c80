"""What a pipeline folder's `config.yaml` may say, and how it is read.

A folder's own `config.py` adds its settings by subclassing `PipelineConfig`.
Nothing here imports TensorFlow or TFX, so a wrong setting is refused at once.
"""

from __future__ import annotations

import glob
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from tidegate.documents import Document
from tidegate.errors import UsageError

CONFIG_FILE = "config.yaml"
_OPTIONS = ("data", "span", "output", "engine")

ConfigT = TypeVar("ConfigT", bound="PipelineConfig")


class PipelineConfig(BaseModel):
    """Settings that every pipeline has.

    Attributes:
        name: Name of the pipeline; also of its folder under `.tidegate`.
        data: File, folder, glob or URL (gs://, s3://) of the input, or several
            of them. Relative to the config file, or to the working directory
            when it comes from the command line.
        span: Number of the span that `data` holds, None where it has none.
        output: Folder for artifacts, metadata, logs and pushed models;
            `.tidegate/<name>` in the working directory when not set.
        push_to: Folder of the pushed models, one sub-folder a version, or a URL
            such as gs://bucket/models. Relative to the working directory; `pushed`
            in the output folder when not set.
            The Pusher pushes to it, and the Champion is the newest model in it.
        engine: "columnar" works in one process, "beam" on Beam; "auto" is
            columnar unless the data are too much for the machine.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")
    data: str | list[str]
    span: int | None = Field(default=None, ge=0)
    output: Path | None = None
    push_to: str = ""
    engine: Literal["auto", "columnar", "beam"] = "auto"

    @property
    def component_engine(self) -> Literal["columnar", "beam"]:
        """The engine that components are to be given.

        `tidegate run` puts its choice in the place of "auto". A pipeline that is
        only compiled, or built by hand, has no machine to choose by: columnar.
        """
        return "beam" if self.engine == "beam" else "columnar"

    @property
    def root(self) -> Path:
        """Absolute folder of everything that the pipeline writes."""
        return (self.output or Path(".tidegate") / self.name).absolute()

    @model_validator(mode="after")
    def _know_push_to(self: ConfigT) -> ConfigT:
        where = self.push_to or str(self.root / "pushed")
        if "://" not in where:
            where = str(Path(where).expanduser().absolute())
        # The settings are frozen for everyone else.
        self.__dict__["push_to"] = where
        return self

    def files(self) -> list[Path] | None:
        """The input files; None where they are not plain files of this machine.

        Raises:
            UsageError: There is no such file.
        """
        from tidegate.columnar import discovery
        from tidegate.columnar.remote.stores import local_path
        from tidegate.columnar.spans import has_span

        listed = [local for local in map(local_path, self._texts()) if local]
        if len(listed) < len(self._texts()):
            return None
        span = self.span if any(map(has_span, listed)) else None
        found = discovery.find(listed, Path().absolute(), span)
        return list(found.files) or None

    def preflight(self) -> None:
        """Checks the input before anything heavy is loaded.

        Reads every CSV file once from end to end. Of files in a store it only
        sees that they are there. A pipeline with another kind of input overrides
        this.

        Raises:
            UsageError: There is no such file.
            DataError: A file cannot be read whole.
            InfrastructureError: A store does not answer.
        """
        from tidegate.columnar import csv_file
        from tidegate.columnar.formats import Format, format_of
        from tidegate.columnar.remote.stores import is_known

        files = self.files()
        if files is None and all(map(is_known, self._texts())):
            from tidegate.example_gen.found_inputs import state_of

            state_of(self._texts(), self.span)
        csv = [one for one in files or [] if format_of(one.name) is Format.CSV]
        csv_file.verify(csv)

    def _texts(self) -> list[str]:
        return [self.data] if isinstance(self.data, str) else list(self.data)


def load_config(
    file: Path, model: type[ConfigT], overrides: Mapping[str, Any] | None = None
) -> ConfigT:
    """The settings of `file` with `overrides` laid over them.

    Args:
        file: The YAML file.
        model: The pipeline's own subclass of `PipelineConfig`.
        overrides: Dotted setting to value, such as `{"train.epochs": 3}`.

    Raises:
        UsageError: The file is missing or a setting is wrong, all at once.
    """
    document = Document.read(file)
    data = document.data.get("data")
    if data is not None and not (overrides and "data" in overrides):
        document = document.updated(("data",), _anchored(data, file.parent))
    for dotted, value in (overrides or {}).items():
        place = f"--{dotted}" if dotted in _OPTIONS else f"--set {dotted}"
        document = document.updated(tuple(dotted.split(".")), value, place)
    return document.validate(model)


def parse_settings(settings: list[str]) -> dict[str, Any]:
    """`["epochs=3", "tags=[a, b]"]` as `{"epochs": 3, "tags": ["a", "b"]}`.

    Raises:
        UsageError: A setting has no "=", or its value is not YAML.
    """
    parsed: dict[str, Any] = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                "a setting needs a name and a value",
                where="--set",
                expected="key=value",
                got=setting,
                fix=f"--set {key.strip() or 'epochs'}=3",
            )
        try:
            parsed[key.strip()] = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise UsageError(
                "the value of a setting is not valid YAML",
                where=f"--set {key}",
                got=text,
                fix="put the value in quotes",
            ) from error
    return parsed


def _anchored(data: object, folder: Path) -> object:
    """Paths of the file, made absolute from the file's own folder."""
    if isinstance(data, list):
        return [_anchored(item, folder) for item in data]
    if not isinstance(data, str) or "://" in data:
        return data
    return str(Path(glob.escape(str(folder.absolute()))) / data)
