"""What `tidegate check` writes never costs anybody a file that it reads."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from tests.hostile.command import tidegate

from tidegate.cli.command_line import demand_own_files, demand_writable
from tidegate.columnar.parquet_file import write_parquet
from tidegate.errors import UsageError
from tidegate.report import model

SUITE = "dataset: orders\ntests:\n  - between: {column: amount, low: 0}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with data, a suite, a schema and a reference."""
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    Path("reference").mkdir()
    Path("x.csv").write_text("amount\n1\n-2\n")
    Path("suite.json").write_text(SUITE)
    Path("schema.pbtxt").write_text('feature { name: "amount" type: INT }')
    for name in ("passed", "quarantine", "r.rows"):
        write_parquet(Path(f"data/{name}.parquet"), pa.table({"amount": [1, -2]}))
    Path("link.csv").symlink_to("x.csv")
    Path("file").write_text("")
    return tmp_path


def contents() -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in Path().rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("data", "options", "says"),
    [
        ("x.csv", "--rows x.csv", ("--rows", "DATA")),
        ("x.csv", "--junit ./data/../x.csv", ("--junit", "DATA")),
        ("link.csv", "--rows x.csv", ("--rows", "DATA")),
        ("x.csv", "--rows link.csv", ("--rows", "DATA")),
        ("*.csv", "--rows x.csv", ("--rows", "DATA")),
        ("x.csv", "--rows suite.json", ("--rows", "--tests")),
        ("x.csv", "--report suite.html", ("JSON beside --report", "--tests")),
        ("x.csv", "--junit schema.pbtxt", ("--junit", "--schema")),
        ("x.csv", "--report reference/span-1.html", ("--report", "--reference")),
        ("data/r.rows.parquet", "--report data/r.html", ("beside --report", "DATA")),
        ("data/passed.parquet", "--quarantine data", ("--quarantine", "DATA")),
        ("data", "--quarantine data", ("--quarantine", "DATA")),
        ("x.csv", "--rows o --junit o", ("--rows", "--junit")),
        ("x.csv", "--report o.html --junit o.json", ("beside --report", "--junit")),
        ("x.csv", "--report x.csv", ("--report", ".html")),
        ("x.csv", "--report o.parquet", ("--report", ".html")),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_an_output_over_an_input_is_refused(
    folder: Path, data: str, options: str, says: tuple[str, ...]
) -> None:
    before = contents()
    against = ["--tests", "suite.json", "--schema", "schema.pbtxt"]
    ended = tidegate("check", data, *against, *options.split())
    assert ended.code == 2, ended.text
    assert all(part in ended.err for part in says), ended.err
    assert contents() == before


def test_files_of_their_own_are_written(folder: Path) -> None:
    options = "--report out/r.html --junit out/j.xml --quarantine out"
    ended = tidegate("check", "x.csv", "--tests", "suite.json", *options.split())
    assert ended.code == 1, ended.text
    written = {"r.html", "r.json", "r.rows.parquet", "j.xml"}
    assert {path.name for path in Path("out").iterdir()} == written


def test_every_fault_is_named_at_once() -> None:
    outputs = [("--a", Path("a")), ("--b", Path("b"))]
    with pytest.raises(Exception, match="2 problems"):
        demand_own_files(outputs, {"DATA": [Path("a"), Path("b")]})


@pytest.mark.parametrize(
    "output", ["file/x.html", "file/deep/x.html", "data", "n" * 300]
)
def test_an_output_that_cannot_be_made_is_refused_first(
    folder: Path, output: str
) -> None:
    before = contents()
    option = "--report" if output.endswith(".html") else "--rows"
    # Were it found out later, the data that are not there would be told.
    ended = tidegate("check", "nope.csv", "--tests", "suite.json", option, output)
    assert ended.code == 2, ended.text
    assert f"{option} cannot be written" in ended.err
    assert contents() == before


def test_a_folder_that_may_not_be_written_to_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(UsageError, match="no permission"):
        demand_writable([("--rows", Path("new/deep/rows.parquet"))])
    assert not Path("new").exists()


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, 4), (errno.EACCES, 2)], ids=["full", "shut"]
)
@pytest.mark.parametrize("option", ["--report=o/r.html", "--rows=o/r.parquet"])
def test_an_output_that_fails_later_is_told(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    code: int,
    option: str,
) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    ended = tidegate("check", "x.csv", "--tests", "suite.json", option)
    assert ended.code == code, ended.text
    assert "itself broke" not in ended.text
    assert os.strerror(number) in ended.err


def test_a_file_that_could_not_be_written_whole_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="full"):
        model.write_whole(tmp_path / "a.json", b"{}")
    assert not list(tmp_path.iterdir())


def test_an_empty_reference_is_refused_like_a_missing_one(folder: Path) -> None:
    for name in ("reference", "nowhere"):
        given = ["--tests", "suite.json", "--reference", name]
        ended = tidegate("check", "x.csv", *given)
        assert ended.code == 2, ended.text
        assert "no such folder of accepted spans" in ended.err


def unread(*arguments: str, stderr: int = subprocess.PIPE) -> tuple[int, str]:
    """Exit code and errors of a command whose output nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "tidegate.cli.main", *arguments]
    with os.fdopen(writer, "wb") as pipe:
        ended = subprocess.run(
            command, stdout=pipe, stderr=stderr, text=True, check=False
        )
    return ended.returncode, ended.stderr or ""


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("tests list", 0),
        ("tests list --json", 0),
        ("tests show nope --json", 2),
        ("check x.csv --tests suite.json", 1),
        ("check x.csv --tests suite.json --json", 1),
        ("check x.csv --schema schema.pbtxt --json", 0),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_a_reader_that_leaves_does_not_change_the_exit_code(
    folder: Path, arguments: str, code: int
) -> None:
    assert unread(*arguments.split()) == (code, "")


def test_errors_that_nobody_reads_do_not_change_the_exit_code(folder: Path) -> None:
    assert unread("check", "nope.csv", stderr=subprocess.STDOUT) == (2, "")


def test_output_that_is_closed_does_not_change_the_exit_code() -> None:
    words = f"{shlex.quote(sys.executable)} -m tidegate.cli.main tests list >&-"
    ended = subprocess.run(
        ["sh", "-c", words], stderr=subprocess.PIPE, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
def test_output_to_a_full_disk_is_infrastructure() -> None:
    command = [sys.executable, "-m", "tidegate.cli.main", "tests", "list"]
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            command, stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 4, ended.stderr
    assert "no room left" in ended.stderr
    assert "Exception" not in ended.stderr
