"""`tidegate explain`: which features a model's predictions hang on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.errors import ExitCode
from tidegate.explain.question import (
    LABEL_FROM,
    METHODS,
    REPEATS,
    ROWS,
    SEED,
    SIGNATURE,
    SPLIT,
)

if TYPE_CHECKING:
    from tidegate.explain.importance import Importance

_BAR = 24


def explain(
    model: Annotated[
        Path,
        typer.Argument(help="Folder with the SavedModel, or of a Model artifact."),
    ],
    examples: Annotated[
        Path, typer.Option(help="Folder of an Examples artifact with raw examples.")
    ],
    label: Annotated[
        str, typer.Option(help="What has the label: an output, or a raw feature.")
    ],
    weight: Annotated[
        str | None, typer.Option(help="What has the weight of each row.")
    ] = None,
    label_from: Annotated[
        str,
        typer.Option(help="Signature that makes label and weight of raw examples."),
    ] = LABEL_FROM,
    raw_label: Annotated[
        bool,
        typer.Option("--raw-label", help="Label and weight are raw features."),
    ] = False,
    metric: Annotated[
        str | None,
        typer.Option(help="auc, accuracy, log_loss, rmse or mae; else the task's."),
    ] = None,
    signature: Annotated[
        str, typer.Option(help="Signature that predicts.")
    ] = SIGNATURE,
    output: Annotated[
        str | None, typer.Option(help="Output with the prediction, of several.")
    ] = None,
    feature: Annotated[
        list[str] | None,
        typer.Option(help="Feature to measure, again for each; else all it reads."),
    ] = None,
    split: Annotated[str, typer.Option(help="Split to measure on.")] = SPLIT,
    rows: Annotated[int, typer.Option(help="Rows to sample, at most.")] = ROWS,
    repeats: Annotated[
        int, typer.Option(help="Times that each feature is shuffled.")
    ] = REPEATS,
    seed: Annotated[int, typer.Option(help="Seed of sample and shuffling.")] = SEED,
    method: Annotated[
        str, typer.Option(help="permutation, or shap, which is an extra.")
    ] = METHODS[0],
    allow_op: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of an operation that you answer for, again for each; reasons "
            "belong into the pipeline's allow_ops."
        ),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the document as JSON, nothing else.")
    ] = False,
) -> int:
    """Tell which raw features a model's predictions hang on.

    Each is shuffled among the rows of a sample: `drop` is what the metric loses,
    `share` the part of what the model is better than a constant, and `alone` the
    metric with all other features shuffled. By SHAP, `drop` is the mean absolute
    SHAP value.

    The model's operations are read before it is loaded. One that could do more than
    compute, such as read files or run Python, is refused with exit code 5.

    Examples:

        tidegate explain pushed/flights/1795263129 --examples artifacts/examples/1
        --label late --weight weight

        tidegate explain model --examples examples --label price --raw-label
        --metric mae --json
    """
    from tidegate.columnar.examples import split_files
    from tidegate.explain.explaining import explain as explained
    from tidegate.explain.question import Question, demand
    from tidegate.explain.signatures import saved_model_in
    from tidegate.runners.kubeflow.compiling.quiet import quiet_imports
    from tidegate.saved_model.loadable import demand_safe_operations

    question = Question(
        label=label,
        weight=weight,
        label_from=None if raw_label else label_from,
        signature=signature,
        output=output,
        metric=metric,
        features=tuple(feature) if feature else None,
        rows=rows,
        repeats=repeats,
        seed=seed,
        method=method,
    )
    demand(question, "tidegate explain")
    files = split_files(examples, split)
    # Before TensorFlow, which takes ten seconds to be imported.
    demand_safe_operations(saved_model_in(model), allow_op or ())
    quiet = json_output or not Console(stderr=True).is_terminal
    with Console(stderr=True, quiet=quiet).status("measuring"):
        with quiet_imports():
            import tensorflow  # noqa: F401
        importance = explained(model, files, question, allow_op or ())
    if json_output:
        print(importance.model_dump_json(indent=2))
    else:
        show(Console(highlight=False), importance)
    return int(ExitCode.OK)


def show(console: Console, importance: Importance) -> None:
    """Prints the features with bars, and what they were measured on."""
    from rich.table import Table

    from tidegate.explain.figure import unit_of
    from tidegate.report.wording import counted, percent, printable

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2))
    table.add_column("feature", no_wrap=True)
    table.add_column(unit_of(importance), style="cyan", no_wrap=True)
    titles = ("drop", "±", "share", "alone")
    alone = any(one.alone is not None for one in importance.features)
    for title in titles if alone else titles[:-1]:
        table.add_column(title, justify="right", no_wrap=True)
    longest = max((one.drop for one in importance.features), default=0.0)
    for one in importance.features:
        shares = "" if one.share is None else percent(one.share, 1)
        cells = [f"{one.drop:.4f}", f"{one.spread:.4f}", shares]
        cells += [] if not alone else ["" if one.alone is None else f"{one.alone:.4f}"]
        name = printable(one.feature, 40)
        table.add_row(name, _bar(one.drop, longest), *cells)
    console.print(table, markup=False)
    console.print(
        f"{importance.metric} {importance.value:.4f} on "
        f"{counted(importance.rows, 'rows')}, {importance.constant:.4f} by the best "
        f"constant; {importance.method}, {counted(importance.repeats, 'repeats')}, "
        f"seed {importance.seed}",
        style="dim",
        markup=False,
    )


def _bar(drop: float, longest: float) -> str:
    """A bar of eighths of a sign; empty for what does not matter."""
    if drop <= 0 or longest <= 0:
        return ""
    eighths = max(1, round(8 * _BAR * drop / longest))
    rest = " ▏▎▍▌▋▊▉"[eighths % 8].strip()
    return "█" * (eighths // 8) + rest
