"""Options of every command that speaks to a Kubeflow Pipelines server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from tidegate.errors import UsageError

if TYPE_CHECKING:
    from tidegate.runners.kubeflow.compiling.deployment import Submission
    from tidegate.submission.connection import Connection

HostOption = Annotated[
    str | None,
    typer.Option(
        "--host",
        envvar=["TIDEGATE_KFP_HOST", "KF_PIPELINES_ENDPOINT"],
        help="Address of Kubeflow Pipelines, as in the browser.",
    ),
]
EnvOption = Annotated[
    str | None,
    typer.Option(
        "--env",
        help="Environment file, or its name in `kubeflow/`: its `submit:` says host, "
        "namespace, experiment, service account, project and region.",
    ),
]
NamespaceOption = Annotated[
    str | None,
    typer.Option(help="Namespace, where Kubeflow serves several users."),
]
TokenFileOption = Annotated[
    Path | None,
    typer.Option(
        help="File with a bearer token. Without it: TIDEGATE_KFP_TOKEN, then the "
        "pod's own token."
    ),
]
CookieFileOption = Annotated[
    Path | None,
    typer.Option(help="File with cookies, such as `authservice_session=…`."),
]
CaFileOption = Annotated[
    Path | None,
    typer.Option(help="Certificates (PEM) of the server's authority."),
]
InsecureOption = Annotated[
    bool,
    typer.Option("--insecure", help="Send a token over http to another machine."),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, nothing else.")
]


def environment(env: str | None, spec: Path | None) -> Submission:
    """What an environment says of submission, for the pipeline of a spec.

    Raises:
        UsageError: There is no such environment, or something in it is wrong.
    """
    from tidegate.runners.kubeflow.compiling.deployment import (
        Submission,
        find_environment,
        load_deployment,
    )

    if env is None:
        return Submission()
    file = find_environment(env, (Path().absolute(),))
    return load_deployment(file, _pipeline_of(spec)).submit


def _pipeline_of(spec: Path | None) -> str:
    """Name of the pipeline in a spec; nothing where it cannot be told yet."""
    from tidegate.submission.spec_file import read

    return "" if spec is None else read(spec).name


def demand_host(host: str | None) -> str:
    """The address that was given.

    Raises:
        UsageError: There is none.
    """
    if host:
        return host
    raise UsageError(
        "no server is named",
        expected="--host URL, or TIDEGATE_KFP_HOST",
        fix="such as --host https://kubeflow.example.com/pipeline",
    )


def connect(
    host: str | None,
    console: Console,
    token_file: Path | None,
    cookie_file: Path | None,
    ca_file: Path | None,
    insecure: bool,
) -> Connection:
    """A connection to the server; what is tried again is told on `console`."""
    from tidegate.submission.connection import Connection
    from tidegate.submission.credentials import Credentials
    from tidegate.submission.host import Host

    return Connection(
        Host.parse(demand_host(host)),
        Credentials(token_file, cookie_file, ca_file, insecure),
        tell=teller(console),
    )


def teller(console: Console) -> Callable[[str], None]:
    """What prints a line about what goes on, in the background's colour."""
    from tidegate.report.wording import printable

    def tell(line: str) -> None:
        console.out(f"… {printable(line)}", style="dim", highlight=False)

    return tell


def console_for(json_output: bool) -> Console:
    """Where to show what goes on: nowhere if the output is for a program."""
    return Console(quiet=json_output, highlight=False, soft_wrap=True)
