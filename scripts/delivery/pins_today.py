"""What the tags of the pinned images mean today, all of them, whoever answers."""

from __future__ import annotations

from pathlib import Path

from bootstrapping.console import INFRASTRUCTURE
from delivery.errors import DeliveryError
from delivery.pins import FILE, Pin, pins
from delivery.registry import remote_digest


def show(root: Path) -> int:
    """Prints a line for each image; the exit code is 0 if every registry answered.

    Raises:
        DeliveryError: The list of pinned images cannot be read.
    """
    failed = 0
    moved: list[Pin] = []
    for pin in pins(root).values():
        more: tuple[str, ...] = ()
        try:
            now = remote_digest(f"{pin.image}:{pin.tag}")
            word = "as pinned" if now == pin.digest else f"now {now or 'gone'}"
            moved += [pin] if now and now != pin.digest else []
        except DeliveryError as error:
            failed, word, more = failed + 1, f"unknown: {error.message}", error.lines
        print(f"{pin.name:8} {pin.image}:{pin.tag}  {pin.digest}  {word}")
        for line in more:
            print(f"         {line}")
    if moved:
        print(_fix(moved))
    return INFRASTRUCTURE if failed else 0


def _fix(moved: list[Pin]) -> str:
    """What a person has to change: nothing takes a new digest by itself."""
    names = sorted({one for pin in moved for one in pin.used_by} - {"Dockerfile"})
    also = f", and {', '.join(names)} of the build files" if names else ""
    return (
        f"to take what is new: change digest and read in {FILE}{also}; then make test"
    )
