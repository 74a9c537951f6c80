"""Cloud Build's files on this machine: `python scripts/cloudbuild check`."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Annotated

import typer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from cloudbuild.checking import check, count_files
from cloudbuild.document import ROOT
from cloudbuild.faults import as_json
from tidegate.errors import ExitCode, TidegateError

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def about() -> None:
    """Checks build, trigger and Terraform files, and runs builds here."""


@app.command(name="check")
def check_files(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Files; without any, all of them.")
    ] = None,
    root: Annotated[
        Path, typer.Option(help="The checkout that they belong to.")
    ] = ROOT,
    as_data: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tells every fault of the files, with its line and what to write instead.

    Ends with 0 where there is none, else with 2. For example:

        python scripts/cloudbuild check cloudbuild.yaml --json
    """
    faults = check(root, files or ())
    if as_data:
        print(json.dumps({"faults": as_json(faults)}, indent=2))
    else:
        for fault in faults:
            print(fault, file=sys.stderr)
        counted = count_files(root, files or ())
        print(f"cloudbuild: {counted} files, {len(faults)} faults")
    raise typer.Exit(ExitCode.USAGE if faults else ExitCode.OK)


@app.command()
def rules() -> None:
    """Tells what each rule promises."""
    from cloudbuild.rules import RULES

    for one in RULES:
        print(f"{one.id} ({one.about})\n    {one.promise}")


@app.command(name="run")
def run_file(
    file: Annotated[Path, typer.Argument(help="The build file.")],
    substitution: Annotated[
        list[str] | None, typer.Option("-s", "--substitution", help="_NAME=value.")
    ] = None,
    builtin: Annotated[
        list[str] | None,
        typer.Option("--builtin", help="PROJECT_ID=value, and others."),
    ] = None,
    commit: Annotated[str, typer.Option(help="The commit; HEAD if left out.")] = "",
    branch: Annotated[str, typer.Option(help="BRANCH_NAME of the build.")] = "",
    tag: Annotated[str, typer.Option(help="TAG_NAME of the build.")] = "",
    secrets: Annotated[
        Path | None, typer.Option(help="YAML with a value for each secret by its name.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder for logs, calls and results.")
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Give it no cache of this machine.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", help="Leave the steps' own words out.")
    ] = False,
) -> None:
    """Runs a build file on a fresh clone, with stand-ins for docker and gcloud.

    Ends with 0 where Cloud Build would say SUCCESS, else with 1. For example:

        python scripts/cloudbuild run cloudbuild.yaml -s _PYTEST_ARGS=tests/gate
    """
    from cloudbuild.run_command import Given, run_build

    given = Given(
        substitutions=tuple(substitution or ()),
        builtins=tuple(builtin or ()),
        commit=commit,
        branch=branch,
        tag=tag,
        secrets=secrets,
        fresh=fresh,
        quiet=quiet,
    )
    raise typer.Exit(run_build(file, given, output))


def main() -> None:
    """Runs a command; 3 is the program's own fault, never 1."""
    try:
        app()
    except TidegateError as error:
        print(f"✗ {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except Exception:
        traceback.print_exc()
        sys.exit(ExitCode.BROKEN)


if __name__ == "__main__":
    main()
