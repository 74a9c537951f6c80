"""`tidegate tests`: the catalogue of data tests, and the suites made of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from tidegate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from tidegate.data_tests.catalogue import DataTest

app = typer.Typer(
    name="tests", help="The catalogue of data tests.", no_args_is_help=True
)
_FAMILIES = ("columns", "rows", "batch", "label", "privacy")
_SHARED = ("level", "where", "waiver", "on_fail", "quarantine_at_most")


@app.command("list")
def list_tests(
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List every test and what it catches.

    Examples:

        tidegate tests list
    """
    tests = _sorted()
    if json_output:
        print(json.dumps([_as_dict(test) for test in tests], indent=2))
        return
    table = Table.grid(padding=(0, 3, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    family = ""
    for test in tests:
        if test.family != family:
            family = test.family
            gap = "\n" if table.row_count else ""
            table.add_row(gap + family, "", style="dim")
        table.add_row(f"  {test.name}", test.why)
    console = Console(highlight=False)
    console.print(table, markup=False)
    console.print("\nMore about one: tidegate tests show NAME", style="dim")


@app.command()
def show(
    name: Annotated[str, typer.Argument(help="Name of a test, such as `missing`.")],
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one test: what it catches, its parameters, its defaults and why.

    Examples:

        tidegate tests show missing
    """
    test = _named(name)
    if json_output:
        print(json.dumps(_as_dict(test), indent=2))
        return
    console = Console(highlight=False)
    console.print(test.name, style="bold")
    console.print(f"\n  - {test.example}\n", style="cyan", markup=False)
    grid = Table.grid(padding=(0, 3, 0, 0))
    grid.add_row("catches", test.why)
    grid.add_row("defaults", test.default)
    for key, text in _parameters(test).items():
        grid.add_row(key, text)
    grid.add_row("every test", ", ".join(_SHARED))
    console.print(grid, markup=False)


@app.command("json-schema")
def json_schema(
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write.")
    ] = None,
) -> None:
    """Print the JSON Schema of suites, by which an editor completes them.

    Put this on the first line of a suite:

        # yaml-language-server: $schema=suite.schema.json

    Examples:

        tidegate tests json-schema -o schemas/suite.schema.json
    """
    from tidegate.data_tests.json_schema import as_text, suite_json_schema
    from tidegate.report.model import write_whole

    text = as_text(suite_json_schema())
    if output is None:
        print(text, end="")
    else:
        write_whole(output, text.encode())


@app.command()
def lint(
    suites: Annotated[list[Path], typer.Argument(help="Suites to read.")],
    json_output: Annotated[
        bool, typer.Option("--json", help="Print what is valid and what is wrong.")
    ] = False,
) -> int:
    """Read suites and tell everything that is wrong, without any data.

    Examples:

        tidegate tests lint schemas/*/data_tests.yaml
    """
    from tidegate.data_tests.suite import load_suite
    from tidegate.errors import Problems, TidegateError, raise_all

    errors: list[TidegateError] = []
    valid: list[dict[str, object]] = []
    for path in suites:
        try:
            suite = load_suite(path)
        except Problems as several:
            errors.extend(several.errors)
        except TidegateError as error:
            errors.append(error)
        else:
            tests = len(suite.tests)
            valid.append({"file": str(path), "dataset": suite.dataset, "tests": tests})
            if not json_output:
                print(f"✓ {path}: {tests} tests")
    if json_output:
        told = {"suites": valid, "errors": [error.as_dict() for error in errors]}
        print(json.dumps(told, indent=2))
        return int(errors[0].exit_code if errors else ExitCode.OK)
    raise_all("the suites are not valid", errors)
    return int(ExitCode.OK)


def _sorted() -> list[type[DataTest]]:
    from tidegate.data_tests.json_schema import own_tests

    held = own_tests().values()
    return sorted(held, key=lambda test: (_FAMILIES.index(test.family), test.name))


def _named(name: str) -> type[DataTest]:
    from tidegate.documents import near_miss

    tests = {test.name: test for test in _sorted()}
    if name in tests:
        return tests[name]
    near = near_miss(name, tests)
    raise UsageError(
        f"there is no test {name!r}" + (f", did you mean {near}?" if near else ""),
        expected=f"one of {', '.join(tests)}",
        got=name,
        fix=f"tidegate tests show {near}" if near else "tidegate tests list",
    )


def _parameters(test: type[DataTest]) -> dict[str, str]:
    from tidegate.data_tests.json_schema import FILLED_IN

    return {
        field.alias or key: field.description or ""
        for key, field in test.model_fields.items()
        if key not in _SHARED and FILLED_IN not in (field.description or "")
    }


def _as_dict(test: type[DataTest]) -> dict[str, object]:
    return {
        "name": test.name,
        "family": test.family,
        "catches": test.why,
        "defaults": test.default,
        "example": test.example,
        "parameters": _parameters(test),
    }
