"""ExampleGen: CSV files to examples, strictly."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from tfx.dsl.components.base import base_component, executor_spec
from tfx.types import channel, standard_artifacts

from tidegate.columnar.sources import expand
from tidegate.errors import UsageError
from tidegate.example_gen import spec
from tidegate.example_gen.executor import Executor
from tidegate.example_gen.fingerprint import fingerprint
from tidegate.example_gen.splitting import DEFAULT_SPLITS, check_splits


class ExampleGen(base_component.BaseComponent):  # type: ignore[misc]
    """Reads CSV files whole or not at all, and writes them as tf.Examples.

    It gives what the stock CsvExampleGen gives (types, examples, splits), and
    refuses what that one turns into fewer rows and success. It remembers the
    source line of each row, so that a data test can name it.

    Example:
        ```python
        example_gen = ExampleGen("data/2013-*.csv", span=9)
        ```

    Args:
        data: A CSV file (.csv, .csv.gz, .csv.bz2), a folder or a glob, or
            several. Relative paths start from the working folder.
        splits: Buckets of each split; None means 2 of train and 1 of eval.
        span: Number of the batch of data, such as its month.
        base: Folder that relative paths start from instead.

    Raises:
        UsageError: There is no such file, or the splits cannot be used.
    """

    SPEC_CLASS = spec.ExampleGenSpec
    EXECUTOR_SPEC = executor_spec.ExecutorClassSpec(Executor)

    def __init__(
        self,
        data: str | Sequence[str],
        *,
        splits: Mapping[str, int] | None = None,
        span: int = 0,
        base: str | Path | None = None,
    ) -> None:
        wanted = [data] if isinstance(data, str) else list(data)
        folder = Path(base or "").absolute()
        chosen = check_splits(DEFAULT_SPLITS if splits is None else splits)
        _check_span(span)
        files = expand(wanted, base=folder)
        super().__init__(
            spec.ExampleGenSpec(
                **{
                    spec.DATA: json.dumps([_absolute(one, folder) for one in wanted]),
                    spec.SPLITS: json.dumps(chosen),
                    spec.SPAN: span,
                    spec.FINGERPRINT: fingerprint(files),
                    spec.EXAMPLES: channel.Channel(type=standard_artifacts.Examples),
                }
            )
        )


def _absolute(path: str, base: Path) -> str:
    return str(base / Path(path).expanduser())


def _check_span(span: object) -> None:
    if isinstance(span, int) and not isinstance(span, bool) and span >= 0:
        return
    raise UsageError(
        "the span of the ExampleGen cannot be used",
        where="ExampleGen(span=…)",
        expected="a whole number from 0 on",
        got=repr(span),
        fix="for example span=9",
    )
