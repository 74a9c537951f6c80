"""The `tidegate` command: its sub-commands, and how errors leave it."""

from __future__ import annotations

import io
import json
import os
import sys
import tempfile
import traceback
from typing import Any, NoReturn, TextIO

import typer
from rich.console import Console

from tidegate import __version__
from tidegate.cli import catalogue, drift, models, schedule, schema
from tidegate.cli.check import check
from tidegate.cli.command_line import CommandLineError, as_usage_error
from tidegate.cli.compile import compile_
from tidegate.cli.doctor import doctor
from tidegate.cli.errors import print_error
from tidegate.cli.explain import explain
from tidegate.cli.follow import follow
from tidegate.cli.init import init
from tidegate.cli.lineage import lineage
from tidegate.cli.plan import plan
from tidegate.cli.reproduce import reproduce
from tidegate.cli.run import run
from tidegate.cli.run_spec import run_spec
from tidegate.cli.submit import submit
from tidegate.cli.upload import upload
from tidegate.errors import ComponentError, ExitCode, TidegateError, disk_full

app = typer.Typer(
    name="tidegate",
    help="TFX pipelines with data tests that fail the run on bad input.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    epilog="Exit codes: 0 ok · 1 a test failed · 2 usage · 3 broke · "
    "4 infrastructure, retry · 5 security · 130 interrupted",
)
for command in (check, run, init, doctor, submit, follow, upload):
    app.command()(command)
app.command("compile")(compile_)
app.command()(plan)
app.command()(lineage)
app.command()(reproduce)
app.command()(explain)
app.command("run-spec")(run_spec)
app.add_typer(catalogue.app)
app.add_typer(schema.app)
app.add_typer(drift.app)
app.add_typer(schedule.app)
app.add_typer(models.app)


@app.callback(invoke_without_command=True)
def _root(
    version: bool = typer.Option(False, "--version", help="Show the version."),
) -> None:
    if version:
        print(__version__)
        raise typer.Exit


def main() -> NoReturn:
    """Runs the command line; every ending has its exit code."""
    sys.stdout, sys.stderr = _heedless(sys.stdout), _heedless(sys.stderr)
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except CommandLineError as error:
        wrong = as_usage_error(error)
        code = ExitCode.USAGE if wrong is None else _report(wrong)
    except (typer.Abort, KeyboardInterrupt):
        print("interrupted", file=sys.stderr)
        code = ExitCode.INTERRUPTED
    except TidegateError as error:
        code = _report(error)
    except OSError as error:
        code = _report(disk_full(error) or _as_broken(error))
    except Exception as error:  # The last boundary: a user sees no traceback.
        code = _report(_as_broken(error))
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    sys.exit(int(code or 0))


class _Heedless(io.FileIO):
    """A stream on which a reader that has left is no error.

    The command goes on to its end, so that its exit code is that of its verdict
    although nobody reads it.
    """

    def write(self, content: Any) -> int:
        try:
            return super().write(content)
        except BrokenPipeError:
            return memoryview(content).nbytes


def _heedless(stream: TextIO | None) -> TextIO:
    """The stream, heedless of its reader; a terminal's or a replaced one as it is."""
    if stream is None:  # It was closed before the command began.
        return open(os.devnull, "w", encoding="utf-8")
    if type(stream) is not io.TextIOWrapper or stream.isatty():
        return stream
    raw = getattr(stream.buffer, "raw", stream.buffer)
    if type(raw) is not io.FileIO:
        return stream
    stream.flush()
    return io.TextIOWrapper(
        io.BufferedWriter(_Heedless(raw.fileno(), "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )


def _flush(stream: TextIO) -> None:
    """Writes what is held back, or drops it: the interpreter would break on it."""
    try:
        stream.flush()
    except OSError:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def _report(error: TidegateError) -> ExitCode:
    if "--json" in sys.argv:
        print(json.dumps({"error": error.as_dict()}))
    else:
        print_error(Console(stderr=True), error.lines())
    return error.exit_code


def _as_broken(error: Exception) -> ComponentError:
    with tempfile.NamedTemporaryFile(
        "w", prefix="tidegate-", suffix=".txt", delete=False, encoding="utf-8"
    ) as log:
        traceback.print_exception(error, file=log)
    return ComponentError(
        f"tidegate itself broke: {type(error).__name__}: {str(error)[:300]}",
        fix=f"please report it with the traceback in {log.name}",
    )


if __name__ == "__main__":
    main()
