"""`tidegate schema`: infer a schema, compare two, accept a changed delivery."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from tidegate.schema_life.acceptance import Accepted
    from tidegate.schema_life.infer import Inferred

app = typer.Typer(
    name="schema",
    help="The life of a schema: infer, diff, accept.",
    no_args_is_help=True,
)

Data = Annotated[
    list[str],
    typer.Argument(
        help="Files, folders, globs, or patterns with `{SPAN}`: CSV (.gz, .bz2), "
        "Parquet, TFRecord of tf.Example."
    ),
]
Json = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
]
Span = Annotated[int | None, typer.Option(help="Span to read; default: the newest.")]


@app.command()
def infer(
    data: Data,
    schema: Annotated[Path, typer.Option(help="Schema to write.")] = Path(
        "schema.pbtxt"
    ),
    tests: Annotated[
        Path | None,
        typer.Option(help="Suite to write; default: data_tests.yaml beside it."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the data set; default: of its folder.")
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Column that is predicted; never guessed.")
    ] = None,
    span: Span = None,
    force: Annotated[
        bool, typer.Option("--force", help="Write over files that are there.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Guess a first schema and a first suite of tests from data.

    The guess leaves room for other days: limits stand on round numbers well
    beyond what was seen, and lists of values are closed only where they look it.
    Every limit has its reason beside it. Read both files before you trust them.

    Examples:

        tidegate schema infer flights-01.csv --schema schemas/flights/schema.pbtxt

        tidegate schema infer 'spans/{SPAN}/*.parquet' --span 3 --label tipped
    """
    from tidegate.schema_life.infer import infer as run
    from tidegate.schema_life.infer import write

    suite = tests or schema.with_name("data_tests.yaml")
    if not force:
        _refuse_to_overwrite(schema, suite)
    folder = schema.absolute().parent.name
    called = name or (folder if schema.parent != Path() else None)
    inferred = run(data, label=label, dataset=called, span=span)
    write(inferred, schema, suite)
    if json_output:
        print(json.dumps(_inferred(inferred, schema, suite), indent=2))
    else:
        _show_inferred(Console(highlight=False), inferred, schema, suite, data)


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="schema.pbtxt, or a suite in YAML.")],
    new: Annotated[
        list[str],
        typer.Argument(help="The same of later, or data: what accepting would change."),
    ],
    span: Span = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print Markdown, for a pull request.")
    ] = False,
    json_output: Json = False,
) -> int:
    """Show what changed between two schemas or suites, and whom it breaks.

    breaking: a row that was valid is refused now, or a consumer loses a column or
    gets another type. tighter: a delivery may be refused that passed before.
    looser: more passes. neutral: the same passes.

    Exit code 0: nothing is breaking; 1: something is.

    Examples:

        tidegate schema diff old/schema.pbtxt schema.pbtxt

        tidegate schema diff old/data_tests.yaml data_tests.yaml --markdown

        tidegate schema diff schema.pbtxt flights-09.csv
    """
    from tidegate.columnar.formats import shown
    from tidegate.schema_life.changes import is_breaking
    from tidegate.schema_life.diff import diff as run
    from tidegate.schema_life.diff_text import as_json, as_markdown, render

    if markdown and json_output:
        raise UsageError(
            "the difference can be told in one way only",
            expected="--markdown or --json",
            got="both",
            fix="leave one of them out",
        )
    changes = run(old, new, span=span)
    if json_output:
        print(as_json(changes))
    elif markdown:
        print(as_markdown(changes, f"{old.name} → {shown(Path(new[0]).name)}"), end="")
    else:
        Console(highlight=False).print(render(changes))
    return int(ExitCode.TESTS_FAILED if is_breaking(changes) else ExitCode.OK)


@app.command()
def accept(
    data: Data,
    schema: Annotated[Path, typer.Option(help="Schema in force, to be changed.")],
    by: Annotated[str, typer.Option(help="Who answers for it.")],
    reason: Annotated[str, typer.Option(help="Why it is right.")],
    tests: Annotated[
        Path | None,
        typer.Option(
            help="Suite: its tests must hold, and it says what is private; default: "
            "data_tests.yaml beside the schema, if it is there."
        ),
    ] = None,
    span: Annotated[
        int | None,
        typer.Option(
            help="Span to accept, or which span the files are; default: the newest "
            "of a pattern."
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Folder of summaries of accepted spans; default: `reference` "
            "beside the suite, or beside the schema."
        ),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option(help="Change only these columns of the schema, by commas."),
    ] = None,
    despite_failures: Annotated[
        bool,
        typer.Option(
            "--despite-failures",
            help="Accept data on which tests fail; the record names the tests.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    json_output: Json = False,
) -> None:
    """Accept a delivery: change the schema so that it holds, and remember it.

    Only what the delivery breaks is changed; comments in the schema stay. The
    folder `accepted` beside the schema gets a record of who, when, why and which
    files, which is never changed; the reference gets a summary of the span, by
    which later deliveries are judged. Data that cannot be read whole are never
    accepted, nor such on which a test of the suite fails, unless by
    --despite-failures. Values of private columns are never written.

    Examples:

        tidegate schema accept flights-09.csv --schema schemas/flights/schema.pbtxt
        --span 9 --by "Ada, flights team" --reason "new airport ANC since 6 July"

        tidegate schema accept 'spans/{SPAN}/*' --span 9 --schema schema.pbtxt
        --by ops --reason "new codes" --columns carrier,dest --dry-run
    """
    from tidegate.schema_life.accept import accept as run
    from tidegate.schema_life.acceptance import Acceptance

    wanted = Acceptance(
        data=data,
        schema=schema,
        by=by,
        reason=reason,
        tests=tests,
        span=span,
        reference=reference,
        columns=None if columns is None else _names(columns),
        despite_failures=despite_failures,
    )
    accepted = run(wanted, dry_run=dry_run)
    if json_output:
        print(json.dumps(accepted.as_dict(), indent=2, ensure_ascii=False))
    else:
        _show_accepted(Console(highlight=False), accepted)


def _names(columns: str) -> list[str]:
    return [name.strip() for name in columns.split(",") if name.strip()]


def _refuse_to_overwrite(*files: Path) -> None:
    from tidegate.errors import TidegateError, raise_all

    errors: list[TidegateError] = [
        UsageError(
            "there is such a file already",
            where=str(path),
            expected="no file, so that nobody's work is lost",
            got="a file",
            fix="name another one, or say --force to write over it",
        )
        for path in files
        if path.exists()
    ]
    raise_all("files would be overwritten", errors)


def _inferred(inferred: Inferred, schema: Path, suite: Path) -> dict[str, object]:
    suggested = inferred.suggested
    return {
        "schema": str(schema),
        "tests": str(suite),
        "rows": inferred.seen.rows,
        "columns": len(inferred.seen.columns),
        "number_of_tests": len(suggested.suite.tests),
        "key": list(suggested.key),
        "time": suggested.time,
        "label": suggested.label,
        "pii": suggested.pii,
        "notices": list(inferred.notices),
    }


def _show_inferred(
    console: Console, inferred: Inferred, schema: Path, suite: Path, data: list[str]
) -> None:
    from rich.table import Table

    suggested = inferred.suggested
    rows, columns = inferred.seen.rows, len(inferred.seen.columns)
    tests = len(suggested.suite.tests)
    console.print(f"✓ {rows:,} rows, {columns} columns", style="bold green")
    grid = Table.grid(padding=(0, 3, 0, 2))
    grid.add_row("schema", f"{schema} ({columns} columns)")
    grid.add_row("tests", f"{suite} ({tests} tests; all hold on these data)")
    grid.add_row("key", ", ".join(suggested.key) or "none found")
    if suggested.time:
        grid.add_row("time", suggested.time)
    if suggested.pii:
        grid.add_row("private", ", ".join(suggested.pii))
    for notice in inferred.notices:
        grid.add_row("note", notice)
    command = f"tidegate check {data[0]} --schema {schema} --tests {suite}"
    grid.add_row("next", f"read both files, then: {command}")
    console.print(grid, markup=False)


def _show_accepted(console: Console, accepted: Accepted) -> None:
    from rich.table import Table

    from tidegate.schema_life.diff_text import render

    if accepted.finished:
        console.print(
            f"finished an acceptance that was interrupted: {accepted.finished}",
            style="yellow",
            markup=False,
        )
    if accepted.changes:
        console.print(render(accepted.changes))
    else:
        console.print("nothing to change in the schema", style="green")
    grid = Table.grid(padding=(0, 3, 0, 2))
    for label, text in accepted.lines():
        grid.add_row(label, text)
    console.print()
    console.print(grid, markup=False)
