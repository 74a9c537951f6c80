"""`tidegate init`: a new pipeline folder that runs as it is."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console


def init(
    name: Annotated[str, typer.Argument(help="Name of the pipeline and its folder.")],
    into: Annotated[Path, typer.Option(help="Folder in which to create it.")] = Path(
        "."
    ),
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
    ] = False,
) -> None:
    """Create a pipeline folder with data, schema, tests and model.

    It needs no network and runs as it is; change it piece by piece.

    Example:

        tidegate init penguins && tidegate run penguins
    """
    from tidegate.templates import render

    folder = render.create(name, into)
    made = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())
    if json_output:
        print(json.dumps({"folder": str(folder.absolute()), "files": made}))
        return
    console = Console(highlight=False)
    shown = os.path.relpath(folder)
    console.print(f"✓ {shown}", style="bold green", markup=False)
    for file in made:
        console.print(f"  {file}", markup=False)
    console.print(f"\nnext: tidegate run {shown}", markup=False)
