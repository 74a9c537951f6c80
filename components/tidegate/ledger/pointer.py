"""What servers read: `champion.json` and `models.config`, made from the events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout
from pydantic import ValidationError

from tidegate.ledger.destination import CONFIG_FILE, POINTER_FILE, Destination
from tidegate.ledger.events import Pointer
from tidegate.ledger.ledger import Ledger
from tidegate.ledger.points import reached
from tidegate.ledger.state import State
from tidegate.places import Place

_LOCK = ".pointer.lock"
_PATIENCE = 30.0  # seconds that another may take to write two small files
_GENERIC = frozenset({"pushed", "models", "serving", "serving_model"})


def remake(ledger: Ledger) -> tuple[str, ...]:
    """Writes what differs from what follows from the events; names of the files.

    Writers of one machine come one after the other. Where they cannot be locked
    out, as in a store, each looks again after it has written: who wrote last knew
    the last event.

    Raises:
        ComponentError: The ledger is damaged.
        InfrastructureError: A file cannot be written.
    """
    written: dict[str, None] = {}
    reached("pointer.begun")
    with _alone(ledger.destination):
        while True:
            state = ledger.state()
            written.update(dict.fromkeys(_write(ledger.destination, state)))
            if ledger.numbers()[-1:] in ((), (state.last,)):
                return tuple(written)


def behind(ledger: Ledger) -> tuple[str, ...]:
    """Names of the files that do not say what follows from the events."""
    place = ledger.destination.ledger()
    wanted = _contents(ledger.destination, ledger.state())
    return tuple(name for name, one in wanted.items() if _read(place, name) != one)


def pointer_of(state: State) -> Pointer:
    """The pointer that follows from the events."""
    push = None if state.champion is None else state.versions[state.champion]
    return Pointer(
        event=state.last,
        champion=state.champion,
        canary=state.canary,
        digest=None if push is None or push.model is None else push.model.digest,
    )


def read_pointer(destination: Destination) -> Pointer | None:
    """The pointer as it is; None if it is not there, or damaged."""
    content = _read(destination.ledger(), POINTER_FILE)
    try:
        return None if content is None else Pointer.model_validate_json(content)
    except ValidationError:
        return None


def name_of(destination: Destination, state: State) -> str:
    """What servers call the models: the pipeline's name, or else the folder's."""
    push = None if state.champion is None else state.versions[state.champion]
    if push is not None and push.model is not None and push.model.provenance.pipeline:
        return push.model.provenance.pipeline
    steps = [step for step in destination.where.split("/") if step]
    named = [step for step in steps if step not in _GENERIC]
    return (named or steps or ["model"])[-1]


def _contents(destination: Destination, state: State) -> dict[str, bytes]:
    """Content of each file; none before the first event."""
    from tidegate.ledger.serving.tf_serving import models_config

    if not state.last:
        return {}
    name = name_of(destination, state)
    config = models_config(state, name=name, base_path=destination.where)
    pointer = pointer_of(state).model_dump_json(indent=2)
    return {CONFIG_FILE: config.encode(), POINTER_FILE: pointer.encode()}


def _write(destination: Destination, state: State) -> list[str]:
    place = destination.ledger()
    written = []
    for name, content in _contents(destination, state).items():
        if _read(place, name) != content:
            place.replace(name, content)
            written.append(name)
        reached("pointer.config" if name == CONFIG_FILE else "pointer.written")
    return written


def _read(place: Place, name: str) -> bytes | None:
    try:
        return place.read(name)
    except OSError:
        return None


@contextmanager
def _alone(destination: Destination) -> Iterator[None]:
    """Keeps other writers of this folder out, where the file system can."""
    if destination.local is None:
        yield
        return
    folder = destination.ledger()
    lock = FileLock(f"{folder.where}/{_LOCK}")
    try:
        lock.acquire(timeout=_PATIENCE)
    except (Timeout, OSError, NotImplementedError):
        yield
        return
    try:
        yield
    finally:
        lock.release()
