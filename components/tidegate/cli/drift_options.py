"""Options that the commands of `tidegate drift` share, and what they mean."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tidegate.drift_tests.check import Wanted
    from tidegate.drift_tests.settings import DriftSettings

Data = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, globs, or patterns with `{SPAN}` or `{YYYY}-{MM}-{DD}`: "
        "CSV (.gz, .bz2), Parquet, TFRecord of tf.Example."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
]
Root = Annotated[
    str,
    typer.Option(help="Folder of the accepted spans, or gs://…, s3://…"),
]
Settings = Annotated[Path | None, typer.Option(help="What is promised, as drift.yaml.")]
Span = Annotated[
    int | None,
    typer.Option(help="Span to read of a pattern, or which span the files are."),
]
Name = Annotated[
    str | None,
    typer.Option(help="Name of the span; default: its day, number or file."),
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        help="First day of the span, if no pattern says it.",
        formats=["%Y-%m-%d"],
    ),
]
Dates = Annotated[
    str | None,
    typer.Option(
        help="Where first days are found: `days` (spans count days since 1970-01-01), "
        "`yyyymmdd`, or `column:NAME` of times."
    ),
]
Schema = Annotated[
    Path | None,
    typer.Option(help="Schema, as schema.pbtxt: its private columns leave no value."),
]


def wanted_of(
    data: list[str],
    history: str,
    settings: Path | None,
    span: int | None,
    name: str | None,
    date: datetime | None,
    dates: str | None,
    schema: Path | None,
) -> Wanted:
    """What is to be held against what, by the options."""
    from tidegate.drift_tests.check import Wanted
    from tidegate.drift_tests.deliveries import one_delivery
    from tidegate.drift_tests.span_dates import demand_rule

    demand_rule(dates)
    day = None if date is None else date.date()
    delivery = one_delivery(data, span, name=name, start=day)
    return Wanted(
        data=delivery.data,
        history=history,
        settings=settings_of(settings),
        name=delivery.name,
        dataset=_dataset(data),
        span=delivery.span,
        start=delivery.start,
        dates=dates,
        schema=schema_of(schema),
        settings_file=None if settings is None else str(settings),
    )


def settings_of(path: Path | None) -> DriftSettings:
    """The settings in a file; without one what is usual."""
    from tidegate.drift_tests.settings import DriftSettings, load_settings

    return DriftSettings() if path is None else load_settings(path)


def schema_of(path: Path | None) -> Any:
    """The schema in a file; None without one."""
    if path is None:
        return None
    from tidegate.data_tests.schema_verdict import read_schema

    return read_schema(path)


def _dataset(data: list[str]) -> str:
    """A name for the data: that of the file, or of the folder of a pattern."""
    from tidegate.columnar.formats import shown

    path = Path(data[0])
    named = path.name.split(".")[0]
    if not named or any(sign in named for sign in "{*?["):
        named = path.parent.name
    return shown(named or "data")
