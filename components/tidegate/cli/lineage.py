"""`tidegate lineage`: where a model comes from, and what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tidegate.errors import UsageError

_PIPE = 10_000


def lineage(
    version: Annotated[
        str, typer.Argument(help="Version of a pushed model, or `champion`.")
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Pipeline folder, such as `pipelines/flights`."),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(help="Output folder with the metadata, in place of a pipeline."),
    ] = None,
    pushed: Annotated[
        str | None,
        typer.Option(help="Folder or URL that models are pushed to."),
    ] = None,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
    dot: Annotated[
        bool, typer.Option("--dot", help="Print a graph for Graphviz, nothing else.")
    ] = False,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Print a flowchart for Markdown.")
    ] = False,
) -> int:
    """Show what a model was made from, tested by and used for.

    The ledger of the pushed models and the metadata of the runs are asked; either
    alone will do. What neither knows is called unknown.

    Examples:

        tidegate lineage champion pipelines/flights

        tidegate lineage 1795303618 --root .tidegate/flights

        tidegate lineage 1795303618 --pushed gs://bucket/flights/pushed --json

        tidegate lineage champion pipelines/flights --dot | dot -Tsvg > model.svg
    """
    # Only this command needs them: the others start faster without.
    from tidegate.cli.lineage_options import demand_places
    from tidegate.lineage.asking import CHAMPION, lineage_of
    from tidegate.lineage.drawing import as_dot, as_mermaid, as_tree

    _demand_one_form(json_output=json_output, dot=dot, mermaid=mermaid)
    if version != CHAMPION and not version.isdecimal():
        raise UsageError(
            "that is no version of a model",
            where="MODEL_VERSION",
            expected=f"a whole number, or {CHAMPION}",
            got=version,
            fix="`tidegate models list` shows the versions",
        )
    places = demand_places(folder, root, pushed)
    number = None if version == CHAMPION else int(version)
    found = lineage_of(number, places.root, places.pushed)
    if json_output:
        print(found.model_dump_json(indent=2))
    elif dot:
        print(as_dot(found))
    elif mermaid:
        print(as_mermaid(found))
    else:
        console = Console(highlight=False)
        if not console.is_terminal:  # What goes into a pipe is not folded.
            console.width = _PIPE
        console.print(as_tree(found))
        console.print(f"{'paths':<10} below {found.root}", style="dim", markup=False)
        for name, where in found.sources.items():
            console.print(f"{name:<10} {where}", style="dim", markup=False)
    return 0


def _demand_one_form(**asked: bool) -> None:
    named = [
        f"--{name.replace('_output', '')}" for name, wanted in asked.items() if wanted
    ]
    if len(named) > 1:
        raise UsageError(
            "the result can be printed in one form only",
            where="the command line",
            expected="one of --json, --dot, --mermaid",
            got=" and ".join(named),
            fix=f"leave out {named[-1]}",
        )
