"""A command line that is wrong, as an error of ours.

Newer versions of typer bring a click of their own, older ones import it; what
typer itself raises is the same in both, so its base class is found from there.
"""

from __future__ import annotations

from typing import Any

import typer

from tidegate.errors import UsageError

CommandLineError: type[Exception] = next(
    kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException"
)


def as_usage_error(error: Any) -> UsageError | None:
    """What is wrong with the command line; None if it was empty and help was shown.

    Args:
        error: A `CommandLineError`.
    """
    context = getattr(error, "ctx", None)
    command = "tidegate" if context is None else context.command_path
    message: str = error.format_message().strip().rstrip(".")
    if type(error).__name__ == "NoArgsIsHelpError":
        if message:  # Else typer has printed the help already.
            print(message)
        return None
    return UsageError(
        message[:1].lower() + message[1:], where=command, fix=f"see {command} --help"
    )
