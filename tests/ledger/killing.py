"""Kills pushes and moves where they are, and holds what is left against the promise.

For tests and for the benchmark. Children are forked: this must be called from a
process that has loaded nothing heavy and has no other threads.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.ledger.small_models import small_model

from tidegate.champion.champion import newest_version
from tidegate.ledger.destination import destination_of, is_version
from tidegate.ledger.digests import digest_of
from tidegate.ledger.events import Provenance
from tidegate.ledger.folders import Version, version_at
from tidegate.ledger.healing import heal
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.moving import promote, rollback
from tidegate.ledger.pointer import behind
from tidegate.ledger.points import watched
from tidegate.ledger.pushing import push
from tidegate.ledger.verifying import verify

Action = Callable[[], object]
BY, REASON = "Ada", "a trial"
_STABLE = re.compile(r'key: "stable" value: ([0-9]+)')


@dataclass
class Seen:
    """What a reader has seen that polled the pointer all the while.

    Attributes:
        reads: How often it read.
        champions: Champions in the order in which they came.
        broken: Reads that gave no champion, or one that is not whole.
    """

    reads: int = 0
    champions: list[int] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)


def forked(action: Action, *, at: str | None = None, nth: int = 1) -> int:
    """A child that does something; killed when it comes to a point, if one is named.

    Args:
        action: What it does.
        at: Name of the point.
        nth: How often it comes there until it is killed.

    Returns:
        Its process id.
    """
    child = os.fork()
    if child:
        return child
    code = 3
    try:
        left = [nth]

        def kill(name: str) -> None:
            if name == at:
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        with watched(kill):
            action()
        code = 0
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
    finally:
        os._exit(code)


def ended(child: int, after: float | None = None) -> int:
    """How a child ended: its exit code, or minus the signal that killed it.

    Args:
        child: Its process id.
        after: Seconds until it is killed; None waits for it.
    """
    if after is not None:
        time.sleep(after)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


@contextlib.contextmanager
def polling(pushed: Path) -> Iterator[Seen]:
    """Reads the pointer over and over in a process of its own, until the end."""
    seen = Seen()
    told, tells = os.pipe()
    stop, stops = os.pipe()
    child = os.fork()
    if not child:
        os.close(stops)
        os.set_blocking(stop, False)
        try:
            os.write(tells, json.dumps(vars(_polled(pushed, stop))).encode())
        finally:
            os._exit(0)
    os.close(tells)
    os.close(stop)
    try:
        yield seen
    finally:
        os.close(stops)
        with os.fdopen(told, "rb") as stream:
            seen.__dict__.update(json.loads(stream.read()))
        os.waitpid(child, 0)


def _polled(pushed: Path, stop: int) -> Seen:
    seen = Seen()
    while True:
        with contextlib.suppress(BlockingIOError):
            if os.read(stop, 1) == b"":
                return seen
        seen.reads += 1
        try:
            said = json.loads((pushed / "ledger/champion.json").read_bytes())
            champion = int(said["champion"])
            if not (pushed / str(champion) / "saved_model.pb").stat().st_size:
                seen.broken.append(f"{champion} is empty")
        except (OSError, ValueError, TypeError, KeyError) as error:
            seen.broken.append(repr(error)[:200])
            continue
        if seen.champions[-1:] != [champion]:
            seen.champions.append(champion)


class Trial:
    """A destination with some versions, and what must be true of it for ever.

    Args:
        folder: An empty folder.
        versions: How many versions are pushed at first.
        size: Bytes of the weights of every model.
    """

    def __init__(self, folder: Path, versions: int = 3, size: int = 100_000) -> None:
        self.pushed = folder / "pushed"
        self._folder, self._size, self._models = folder, size, 0
        self._events: dict[str, bytes] = {}
        self.known: dict[str, Path] = {}
        for _ in range(versions):
            self.push()()
        self.remember()

    def model(self) -> Path:
        """Another model."""
        self._models += 1
        mark = str(self._models)
        model = small_model(self._folder / "models" / mark, mark)
        weights = (mark.encode() * self._size)[: self._size]
        (model / "variables/variables.data-00000-of-00001").write_bytes(weights)
        self.known[digest_of(model).digest] = model
        return model

    def push(self) -> Action:
        """Pushes another model."""
        model = self.model()
        told = Provenance(pipeline="t")
        return lambda: push(model, self.pushed, told, by=BY, reason=REASON)

    def promote(self) -> Action:
        """Promotes a version that is not the champion."""
        state = Ledger(self.pushed).state()
        version = min(one for one in state.versions if one != state.champion)
        return lambda: promote(self.pushed, version, by=BY, reason=REASON)

    def rollback(self) -> Action:
        """Rolls back, after a promotion if there is nothing to go back to."""
        if not Ledger(self.pushed).state().former:
            self.promote()()
            self.remember()
        return lambda: rollback(self.pushed, by=BY, reason=REASON)

    def remember(self) -> None:
        """Keeps what is there now: the events, and who is the champion."""
        place = self.pushed / "ledger"
        self._events = {one.name: one.read_bytes() for one in place.glob("0*.json")}
        self._state = Ledger(self.pushed).state()

    def demand(self, seen: Seen | None = None) -> bool:
        """Holds what was left against the promise; True if the new one serves.

        Raises:
            AssertionError: It does not hold.
        """
        old = self._state.champion
        state = Ledger(self.pushed).state()
        # Of pushes at once more than one may have become champion since.
        allowed = {old, *state.champions[len(self._state.champions) :]}
        for name, content in self._events.items():
            assert (self.pushed / "ledger" / name).read_bytes() == content, name
        # Read as servers do: the old one until the files say the new one, never none.
        said = json.loads((self.pushed / "ledger/champion.json").read_bytes())
        assert said["champion"] in allowed, said
        config = (self.pushed / "ledger/models.config").read_text()
        labels = _STABLE.findall(config)
        assert len(labels) == 1
        assert int(labels[0]) in allowed
        found = newest_version(str(self.pushed))
        assert found is not None
        assert found.number == state.champion
        self._demand_whole()
        if seen is not None:
            assert not seen.broken, seen.broken[:3]
            assert set(seen.champions) <= allowed, (seen.champions, allowed)
            assert len(seen.champions) <= 2, seen.champions
        return bool(state.champion != old)

    def demand_healed(self) -> None:
        """Has the next command put everything right.

        Raises:
            AssertionError: It does not.
        """
        champion = Ledger(self.pushed).state().champion
        heal(self.pushed)
        assert not [one for one in self.pushed.glob(".staging-*") if one.is_dir()]
        assert behind(Ledger(self.pushed)) == ()
        assert Ledger(self.pushed).state().champion == champion
        assert all(one.ok for one in verify(self.pushed))

    def _demand_whole(self) -> None:
        """What any reader may take for a version is one of ours, byte for byte."""
        destination = destination_of(self.pushed)
        for path in self.pushed.iterdir():
            if not is_version(path.name):
                assert path.name == "ledger" or path.name.startswith("."), path
                continue
            if isinstance(version_at(destination, int(path.name)), Version):
                assert digest_of(path).digest in self.known, path
            else:
                raise AssertionError(f"{path} is half a version")


def reached_by(action: Action) -> list[str]:
    """The points that an action comes past, in order; the action is done."""
    names: list[str] = []
    with watched(names.append):
        action()
    return names
