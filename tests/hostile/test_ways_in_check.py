"""`tidegate check` ends every hostile file as it must, with its report and place."""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.hostile.command import Ended, tidegate
from tests.hostile.corpus import CORPUS, PASS, REFUSED, Hostile

from tidegate.columnar.formats import shown

# True of anything that has a row.
SUITE = "dataset: anything\ntests:\n  - rows: {at_least: 1}\n"
SCHEMA = 'feature { name: "id" }\nfeature { name: "name" }\n'
# Each kind of refusal once, and honest files that break others.
REAL = (
    "gz without trailer",
    "quote never closed",
    "UTF-16 with a mark",
    "row too short",
    "integer of 5,000 digits",
    "escape sequences in cells",
    "half a parquet",
    "parquet with pages overwritten",
    "tfrecord with a wrong byte",
    "examples cut between two records",
    "link out of the folder",
    "pipe in a folder",
    "broken file with an odd name",
    "parquet whose name is not UTF-8",
)
NAMED = {hostile.name: hostile for hostile in CORPUS}


@dataclass(frozen=True)
class Room:
    """A folder for the data and one for what the command reads and writes."""

    data: Path
    own: Path

    @classmethod
    def under(cls, folder: Path) -> Room:
        room = cls(folder / "in", folder / "own")
        room.data.mkdir()
        room.own.mkdir()
        (room.own / "suite.yaml").write_text(SUITE)
        (room.own / "schema.pbtxt").write_text(SCHEMA)
        return room

    def check(self, hostile: Hostile) -> list[str]:
        """The command's words."""
        own = self.own
        against = ["--tests", str(own / "suite.yaml")]
        if hostile.ending is not PASS:
            # A schema would only find honest columns new.
            against += ["--schema", str(own / "schema.pbtxt")]
        outputs = ["--report", str(own / "r.html"), "--junit", str(own / "j.xml")]
        data = hostile.make(self.data)
        return ["check", *against, *outputs, "--json", "--", *data]


def is_right(hostile: Hostile, ended: Ended, room: Room) -> None:
    """Refuses an ending that the corpus does not want."""
    ended.demand_no_break()
    assert ended.code == hostile.ending, ended.text
    page, junit = room.own / "r.html", room.own / "j.xml"
    written = [path.is_file() for path in (page, junit, page.with_suffix(".json"))]
    found = ended.json
    if hostile.ending not in (PASS, REFUSED):
        assert hostile.says.casefold() in json.dumps(found, ensure_ascii=False)
        assert not any(written)
        return
    assert all(written)
    assert json.loads(page.with_suffix(".json").read_text()) == found
    if hostile.ending is PASS:
        assert found["rows"] == hostile.rows
        return
    is_refused(hostile, found, room)


def is_refused(hostile: Hostile, report: dict[str, Any], room: Room) -> None:
    results = report["results"]
    assert {result["test"] for result in results} == {"readable"}
    for result in results:
        assert names_a_place(result["observed"], room.data), result["observed"]
    told = "\n".join(result["observed"] + str(result["fix"]) for result in results)
    told += "\n".join(result["expectation"] for result in results)
    counted = hostile.says.partition(" problems")
    if counted[1]:
        assert len(results) == int(counted[0])
    else:
        assert hostile.says in told
    page = html.unescape((room.own / "r.html").read_text())
    for result in results:
        end = result["observed"].rpartition("/")[2]
        assert result["observed"][:60] in page
        assert end in page, "the place was cut off"
        assert end in (room.own / "j.xml").read_text()


def names_a_place(text: str, folder: Path) -> bool:
    """Whether a message names a file below `folder`, or the folder itself."""
    return shown(str(folder)) in text


@pytest.mark.parametrize("hostile", CORPUS, ids=lambda hostile: hostile.name)
def test_check_ends_a_hostile_file_as_it_must(hostile: Hostile, tmp_path: Path) -> None:
    if hostile.root_reads and os.getuid() == 0:
        pytest.skip("root may read everything")
    if hostile.name == "no data":
        pytest.skip("an empty command line; tests/cli/test_command_line.py")
    room = Room.under(tmp_path)
    is_right(hostile, tidegate(*room.check(hostile)), room)


@pytest.mark.parametrize("name", REAL)
def test_a_command_of_its_own_ends_a_hostile_file_so_too(
    name: str, tmp_path: Path
) -> None:
    room = Room.under(tmp_path)
    command = [sys.executable, "-m", "tidegate.cli.main", *room.check(NAMED[name])]
    # What a cron job or a bare container has for a locale.
    bare = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        command, capture_output=True, timeout=300, check=False, env=bare
    )
    ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
    assert not ended.err or ended.code in (2, 5)
    is_right(NAMED[name], ended, room)


@pytest.mark.parametrize("name", REAL)
def test_the_terminal_shows_no_control_characters(name: str, tmp_path: Path) -> None:
    room = Room.under(tmp_path)
    words = [word for word in room.check(NAMED[name]) if word != "--json"]
    ended = tidegate(*words)
    ended.demand_no_break()
    assert ended.code == NAMED[name].ending
    assert all(sign.isprintable() or sign == "\n" for sign in ended.text)
