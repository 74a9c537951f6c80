"""The ledger of a destination: reads its events, adds one after the last."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pydantic import ValidationError

from tidegate.errors import (
    ComponentError,
    InfrastructureError,
    TidegateError,
    raise_all,
)
from tidegate.ledger.destination import EVENT_FILE, Destination, destination_of
from tidegate.ledger.events import FORMAT_VERSION, Event
from tidegate.ledger.state import State
from tidegate.report.wording import printable

Decide = Callable[[State], Event | None]
_READERS = 8
_ATTEMPTS = 1000


class Ledger:
    """Events of the models that were pushed to one place.

    Events are never changed, so each is read once by one `Ledger`.

    Args:
        pushed: Folder of the versions, or a URL that fsspec knows.

    Raises:
        UsageError: Nothing here knows such a URL.
    """

    def __init__(self, pushed: str | Path | Destination) -> None:
        self.destination = destination_of(pushed)
        self._place = self.destination.ledger()
        self._read: dict[int, Event] = {}

    def numbers(self) -> tuple[int, ...]:
        """Numbers of all events, in order.

        Raises:
            InfrastructureError: The place does not answer.
        """
        found = map(EVENT_FILE.fullmatch, self._place.names())
        return tuple(sorted(int(match[1]) for match in found if match))

    def events(self) -> tuple[Event, ...]:
        """All events, the oldest first; none where there is no ledger.

        Raises:
            ComponentError: An event is missing or cannot be read; all, as `Problems`.
            InfrastructureError: The place does not answer.
        """
        numbers = self.numbers()
        wanted = range(1, numbers[-1] + 1 if numbers else 1)
        new = [number for number in wanted if number not in self._read]
        with ThreadPoolExecutor(_READERS) as pool:
            found = list(pool.map(self._tried, new))
        errors = [one for one in found if isinstance(one, TidegateError)]
        raise_all(f"the ledger in {self.destination.shown} cannot be read", errors)
        for one in found:
            if isinstance(one, Event):
                self._read[one.number] = one
        return tuple(self._read[number] for number in wanted)

    def state(self) -> State:
        """What is true after all events.

        Raises:
            ComponentError: The ledger is damaged or contradicts itself.
            InfrastructureError: The place does not answer.
        """
        return State.after(self.events())

    def append(self, decide: Decide) -> Event | None:
        """Adds the event that is decided upon, and gives it; None if none is.

        Another may add one at the same moment: then it is decided again, knowing
        what the other said. So every event follows from all before it.

        Args:
            decide: Called with the state; its event has the number `state.last + 1`.

        Raises:
            InfrastructureError: The event could not be written.
            TidegateError: What `decide` raises.
        """
        for _ in range(_ATTEMPTS):
            event = decide(self.state())
            if event is None:
                return None
            content = event.model_dump_json(indent=2).encode()
            if self._place.create(event_name(event.number), content):
                self._read[event.number] = event
                return event
        raise InfrastructureError(
            "others write to the ledger all the time",
            where=self.destination.shown,
            got=f"{_ATTEMPTS:,} times another event came first",
            fix="run it again when less is pushed",
        )

    def _tried(self, number: int) -> Event | TidegateError:
        name = event_name(number)
        try:
            content = self._place.read(name)
            if _is_newer(content):
                return _newer(self._place.path(name))
            event = Event.model_validate_json(content)
            if event.number != number:
                raise ValueError(f"event {event.number}")
        except FileNotFoundError:
            return _unreadable(self._place.path(name), "no such file")
        except ValidationError as error:
            return _unreadable(self._place.path(name), _first_fault(error))
        except ValueError as error:
            return _unreadable(self._place.path(name), str(error).splitlines()[0])
        except OSError as error:
            return InfrastructureError(
                "the event cannot be read",
                where=self._place.path(name),
                got=error.strerror or str(error),
                fix="check the rights of this account, and run again",
            )
        except TidegateError as error:
            return error
        return event


def event_name(number: int) -> str:
    """Name of an event's file."""
    return f"{number:012d}.json"


def _is_newer(content: bytes) -> bool:
    """Whether an event is in a format of later versions."""
    try:
        said = json.loads(content)
    except ValueError:
        return False
    version = said.get("format_version") if isinstance(said, dict) else None
    return isinstance(version, int) and version > FORMAT_VERSION


def _newer(path: str) -> ComponentError:
    return ComponentError(
        "an event of the ledger was written by a newer Tidegate",
        where=path,
        expected=f"format_version {FORMAT_VERSION}",
        got="a later one",
        fix="upgrade: pip install --upgrade tidegate",
    )


def _first_fault(error: ValidationError) -> str:
    """The first thing that is wrong, and where: `model.files: Field required`."""
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    return printable(f"{where}: {first['msg']}" if where else first["msg"])


def _unreadable(path: str, got: str) -> ComponentError:
    return ComponentError(
        "an event of the ledger cannot be read",
        where=path,
        expected="the event as it was written; nobody may change or remove one",
        got=got,
        fix="restore the file from a copy",
    )
