"""`tidegate upload`: puts a version of a pipeline onto the server, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from tidegate.cli.server_options import (
    CaFileOption,
    CookieFileOption,
    HostOption,
    InsecureOption,
    JsonOption,
    NamespaceOption,
    TokenFileOption,
    connect,
    console_for,
)


def upload(
    spec: Annotated[Path, typer.Argument(help="Compiled pipeline.")],
    version: Annotated[
        str, typer.Option("--version", help="Name of the version, such as 1.4.0.")
    ],
    pipeline: Annotated[
        str | None,
        typer.Option("--pipeline", help="Name on the server; as compiled by default."),
    ] = None,
    host: HostOption = None,
    namespace: NamespaceOption = None,
    token_file: TokenFileOption = None,
    cookie_file: CookieFileOption = None,
    ca_file: CaFileOption = None,
    insecure: InsecureOption = False,
    json_output: JsonOption = False,
) -> int:
    """Upload a compiled pipeline as a version of a pipeline on the server.

    The file goes up as it is, byte for byte. The same content under the same version
    again changes nothing; other content under it is refused.

    Examples:

        tidegate upload flights.yaml --version 1.4.0 --host https://kf.example.com

        tidegate upload flights.yaml --pipeline flights --version "$SHORT_SHA" --json
    """
    from tidegate.submission import spec_file, uploads
    from tidegate.submission.names import demand_name

    read = spec_file.demand_kubeflow(spec_file.read(spec))
    name = demand_name(pipeline or read.name, "--pipeline")
    demand_name(version, "--version")
    console = console_for(json_output)
    with connect(
        host, console, token_file, cookie_file, ca_file, insecure
    ) as connection:
        done = uploads.upload(connection, read, name, version, namespace)
        identity = str(done.pipeline["pipeline_id"])
        page = connection.host.page("pipelines", identity)
    if json_output:
        said = {
            "pipeline": name,
            "pipeline_id": identity,
            "version": version,
            "pipeline_version_id": done.version.get("pipeline_version_id"),
            "url": page,
            "found": done.found,
            "sha256": done.sha256,
        }
        print(json.dumps(said, indent=2))
        return 0
    how = "there already, the same" if done.found else "uploaded"
    sign = "=" if done.found else "✓"
    console.print(f"{sign} {name} {version}: {how}", style="bold green", markup=False)
    console.print(f"  sha256    {done.sha256 or 'not known'}", markup=False)
    console.print(f"  page      {page}", markup=False)
    return 0
