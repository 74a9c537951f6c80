"""What a run leaves for those who ask later: one JSON file a run. Pure.

It is written when the run begins, and replaced when it ends, so that a run that
was killed is on record, too. All that decides a run's result is in it: settings,
input files, schema and suite, champion, code, environment.
"""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from tidegate.errors import ComponentError
from tidegate.ledger.events import CodeRecord, EnvironmentRecord, Record
from tidegate.report.model import write_whole

FORMAT_VERSION: Literal[1] = 1
RUNS = "runs"
HIDDEN = "(not kept)"

State = Literal["running", "done", "failed", "shut", "interrupted"]


class InputFile(Record):
    """A file that the run read.

    Attributes:
        role: data; else the property of a node that names it: schema_file, …
        path: Where it was.
        size: Bytes.
        sha256: Of its content.
    """

    role: str
    path: str
    size: int
    sha256: str


class StoreState(Record):
    """Inputs in a store, as it described them when the run began.

    Attributes:
        node: The node that reads them.
        fingerprint: Of names, sizes and checksums.
    """

    node: str
    fingerprint: str


class Code(CodeRecord):
    """The code, file by file.

    Attributes:
        files: Each Python file of the project that the run uses, relative to
            `root`, with its SHA-256.
        root: Folder from which their names count.
        package: SHA-256 over the Python files of tidegate itself.
    """

    files: dict[str, str] = Field(default_factory=dict)
    root: str = ""
    package: str | None = None


class ChampionAt(Record):
    """The champion when the run began.

    Attributes:
        version: Its version.
        uri: Its folder.
        digest: Over its files; None where it was not to be had.
    """

    version: int
    uri: str
    digest: str | None = None


class Output(Record):
    """An output of a node.

    Attributes:
        uri: Where it is.
        files: SHA-256 of each file, by its name in the folder; None where nobody
            looked, as for what is in a store.
        content: For files whose bytes change with each run although they say the
            same: a digest of what they say. "" for files that say nothing new.
    """

    uri: str
    files: dict[str, str] | None = None
    content: dict[str, str] = Field(default_factory=dict)


class Node(Record):
    """How a node ended.

    Attributes:
        node: Its name.
        state: done, cached or failed.
        seconds: How long it took.
        outputs: By key.
    """

    node: str
    state: str
    seconds: float
    outputs: dict[str, Output] = Field(default_factory=dict)


class RunRecord(Record):
    """A run.

    Attributes:
        run: Its id.
        pipeline: Name of the pipeline.
        folder: Folder of the pipeline.
        output: Folder of its artifacts.
        reproduces: Id of the run that it is to repeat; None for a run of its own.
        left_out: Nodes of the pipeline that a repetition is not to run.
        settings: Every setting, the overrides in it. What looks like a secret is
            not kept: `HIDDEN` stands in its place.
        overrides: What was given beside the config file.
        cache: Whether unchanged nodes were served from the cache.
        beam_args: Arguments for Beam.
        inputs: The files that it read.
        stores: Its inputs in stores.
        champion: The champion; None where there was none.
        code: The code.
        environment: Python, platform, versions.
        started: When it began, in UTC.
        ended: When it ended; None while it goes on, or where it was killed.
        state: How it ended.
        exit_code: As in `ExitCode`; None before the end.
        error: What went wrong, in a line.
        nodes: Its nodes, in order.
    """

    format_version: Literal[1] = FORMAT_VERSION
    run: str = Field(pattern=r"^[\w.:+-]{1,200}$")
    pipeline: str
    folder: str
    output: str
    reproduces: str | None = None
    left_out: tuple[str, ...] = ()
    settings: dict[str, Any] = Field(default_factory=dict)
    overrides: dict[str, Any] = Field(default_factory=dict)
    cache: bool = True
    beam_args: tuple[str, ...] = ()
    inputs: tuple[InputFile, ...] = ()
    stores: tuple[StoreState, ...] = ()
    champion: ChampionAt | None = None
    code: Code
    environment: EnvironmentRecord
    started: datetime = Field(default_factory=lambda: datetime.now(timezone.utc))
    ended: datetime | None = None
    state: State = "running"
    exit_code: int | None = None
    error: str | None = None
    nodes: tuple[Node, ...] = ()

    def node(self, name: str) -> Node | None:
        """The node of this name; None where it did not run."""
        return next((one for one in self.nodes if one.node == name), None)


def record_file(root: Path, run: str) -> Path:
    """Where the record of a run is, below the output folder."""
    return root / RUNS / f"{run}.json"


def write_record(record: RunRecord, root: Path) -> Path:
    """Writes a record whole, in the place of an earlier one of the run."""
    content = record.model_dump_json(indent=1).encode()
    return write_whole(record_file(root, record.run), content)


def read_record(path: Path) -> RunRecord:
    """The record in a file.

    Raises:
        ComponentError: It is not one, or of another format.
        FileNotFoundError: There is no such file.
    """
    try:
        return RunRecord.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise ComponentError(
            "the record of a run cannot be read",
            where=str(path),
            expected=f"a record of format {FORMAT_VERSION}",
            got=str(error).splitlines()[0],
            fix="restore the file, or name another run",
        ) from error


def read_records(root: Path) -> tuple[RunRecord, ...]:
    """The records of all runs below an output folder, by the time they began.

    Raises:
        ComponentError: One cannot be read.
    """
    files = sorted((root / RUNS).glob("[!.]*.json"))
    return tuple(sorted(map(read_record, files), key=lambda one: one.started))
