"""`tidegate plan`: what changes from one compiled spec to another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tidegate.errors import ExitCode

# Beside the exit codes of every command, none of which it may be taken for.
CHANGES = 10


def plan(
    old: Annotated[
        Path, typer.Argument(help="Compiled spec that runs now, such as `old.yaml`.")
    ],
    new: Annotated[Path, typer.Argument(help="Compiled spec that is to run.")],
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code", help=f"Exit with {CHANGES} if anything changes, else 0."
        ),
    ] = False,
    json_output: Annotated[
        bool, typer.Option("--json", help="Print the plan as JSON, nothing else.")
    ] = False,
) -> int:
    """Tell what changes from one compiled spec to another, and what it means.

    The graph, images, parameters, values of properties, user code, resources,
    secrets (their names), retries, caching, and whatever else differs. Takes what
    `tidegate compile` and KFP's compiler write: YAML, or a JSON PipelineJob.

    Exit code 0. With --exit-code 0 if nothing changes, 10 if something does; errors
    keep their own codes, so that a script can tell all three apart.

    Examples:

        tidegate plan deployed.yaml spec.yaml

        tidegate plan deployed.yaml spec.yaml --exit-code; [ $? = 10 ] && ./submit.sh

        tidegate plan old.json new.json --json
    """
    from tidegate.cli.plan_text import show
    from tidegate.runners.kubeflow.planning import plan as compare
    from tidegate.runners.kubeflow.planning import read

    found = compare(read(old), read(new))
    if json_output:
        print(json.dumps(found.as_dict(), indent=2, ensure_ascii=False))
    else:
        show(Console(highlight=False), found)
    changed = exit_code and not found.empty
    return CHANGES if changed else int(ExitCode.OK)
