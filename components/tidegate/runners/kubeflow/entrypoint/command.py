"""The command: its arguments, how it fails, and its exit codes."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tidegate.errors import ExitCode, GateShut, TidegateError, UsageError
from tidegate.runners.kubeflow import local_copies
from tidegate.runners.kubeflow.entrypoint.executor_input import parse, read_text
from tidegate.runners.kubeflow.entrypoint.metadata import Properties
from tidegate.runners.kubeflow.entrypoint.places import Places
from tidegate.runners.kubeflow.entrypoint.step import Step, prepared
from tidegate.runners.kubeflow.invocation import VERSION, Invocation

_LOG = logging.getLogger("tidegate.entrypoint")
_TERMINATED = 128 + signal.SIGTERM


def main(argv: Sequence[str], environment: Mapping[str, str]) -> int:
    """Runs a step; returns the exit code.

    Args:
        argv: Command line without the program's name.
        environment: Environment variables.
    """
    _end_when_told()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    node, places = "the step", None
    try:
        options = _options().parse_args(argv)
        invocation = _invocation(read_text(options.invocation, "--invocation"))
        node = invocation.node
        given = parse(read_text(options.executor_input, "--executor-input"))
        above = local_copies.root(environment)
        with prepared(invocation, given, above, environment) as step:
            places = step.places
            _run(step)
    except KeyboardInterrupt:
        return int(ExitCode.INTERRUPTED)
    except SystemExit as ended:  # argparse has said why.
        return int(ended.code or 0)
    except GateShut as shut:
        _say_shut(shut, node, places)
        return int(shut.exit_code)
    except TidegateError as error:
        _say(error.lines(), places)
        return int(error.exit_code)
    except Exception as error:  # A component's own error, of whatever type.
        return _say_broken(error, node, places)
    return int(ExitCode.OK)


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tidegate.runners.kubeflow.entrypoint",
        description="Runs one step of a compiled pipeline in its container.",
        epilog="Either may be @FILE. Exit codes: 0 ok, 1 a gate is shut, 2 usage, "
        "3 broke, 4 infrastructure, 5 security, 130 interrupted.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--invocation", required=True, help="what the compiler wrote, as JSON"
    )
    parser.add_argument(
        "--executor-input", required=True, help="what KFP's launcher writes, as JSON"
    )
    return parser


def _invocation(text: str) -> Invocation:
    try:
        invocation = Invocation.model_validate_json(text)
    except ValueError as error:
        raise UsageError(
            "this image does not understand how the step is to be run",
            where="--invocation",
            got=str(error).splitlines()[0],
            fix="build the image with the version of tidegate that compiled the spec",
        ) from error
    if invocation.version != VERSION:
        raise UsageError(
            "the spec was compiled by another version of tidegate than the image has",
            where=invocation.node,
            expected=f"an invocation of version {VERSION}",
            got=str(invocation.version),
            fix="build the image with the version that compiles, or compile again",
        )
    return invocation


def _run(step: Step) -> None:
    # It is told last of all: without it, KFP takes nothing for made.
    from tidegate.runners.kubeflow.entrypoint import output

    module = step.light_module()
    if module is not None:
        from tidegate.runners.kubeflow.entrypoint import light
        from tidegate.steps.context import NeedsExecutor

        try:
            output.tell(step, light.run(step, module), {})
            return
        except NeedsExecutor as reason:
            _LOG.info("%s needs its executor: %s", step.invocation.node, reason)
    output.tell(step, *_by_executor(step))


def _by_executor(step: Step) -> tuple[dict[str, Properties], dict[str, Any]]:
    from tidegate.runners.quick_start import quick_imports

    # Libraries look into it, and children would inherit what is too long for them.
    del sys.argv[1:]
    # What libraries say of themselves while they load would bury the step's log.
    logging.disable(logging.INFO)
    try:
        with quick_imports():
            from tidegate.runners.kubeflow.entrypoint import stock

            kind = stock.executor_class(step.invocation.executor)
    finally:
        logging.disable(logging.NOTSET)
    return stock.run(step, kind)


def _say_shut(shut: GateShut, node: str, places: Places | None) -> None:
    """Prints the reports as `tidegate run` does, and where their pages are."""
    from rich.console import Console

    from tidegate.report import terminal
    from tidegate.report.model import FAILING_ROWS_FILE, PAGE_FILE, read_report

    console = Console(stderr=True, highlight=False, width=_width())
    for folder in shut.reports:
        local = Path(places.local(folder) if places else folder)
        report = read_report(local)
        if not report.passed:
            rows = (local / FAILING_ROWS_FILE).is_file()
            console.print(
                terminal.render(
                    report,
                    page=f"{folder}/{PAGE_FILE}",
                    rows_file=f"{folder}/{FAILING_ROWS_FILE}" if rows else None,
                )
            )
    console.print(
        f"■ {node}: {shut.message}; nothing after it runs",
        style="bold red",
        markup=False,
        soft_wrap=True,
    )


def _width() -> int | None:
    """Columns of a log, in which a URI fits a line; None leaves a terminal its own."""
    return None if sys.stderr.isatty() else 180


def _say(lines: Sequence[str], places: Places | None) -> None:
    from rich.console import Console

    from tidegate.cli.errors import print_error

    shown = [places.shown(line) if places else line for line in lines]
    print_error(Console(stderr=True, highlight=False, width=_width()), shown)


def _say_broken(error: Exception, node: str, places: Places | None) -> int:
    """Prints the traceback for the log, then what matters."""
    from tidegate.runners import failures

    cause = failures.cause_of(error)
    if isinstance(cause, GateShut):
        _say_shut(cause, node, places)
        return int(cause.exit_code)
    traceback.print_exc()
    if cause is not None:
        _say(cause.lines(), places)
        return int(cause.exit_code)
    _say(failures.text_of(error, node), places)
    return int(ExitCode.BROKEN)


def _end_when_told() -> None:
    """Ends the process at once on SIGTERM, also where it is the first one.

    Python runs a handler only between two steps of its own, which may be minutes
    apart in the training of a model; the pipe is written to at once.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGTERM, lambda *_: os._exit(_TERMINATED))
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_wait, args=(reader,), daemon=True).start()


def _wait(reader: int, end: Callable[[int], Any] = os._exit) -> None:
    while told := os.read(reader, 1):
        if told[0] == signal.SIGTERM:
            end(_TERMINATED)
