"""A serialized protobuf message, read without its classes. Pure.

TensorFlow's generated classes come with TensorFlow, which takes seconds to load
and would have to be trusted with the file. The wire format is small; nothing here
recurses, copies or reserves memory by what the bytes claim. See "Encoding" in the
documentation of Protocol Buffers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
# Fields that are looked at: half a minute. An ordinary model has a few thousand.
MOST_FIELDS = 30_000_000
_LONGEST = 10  # bytes of a varint
_ONE_BYTE = 0x80  # a smaller number is its own varint
_LARGEST_TAG = 2**32 - 1
_FIXED = {FIXED64: 8, FIXED32: 4}
_NOTHING = memoryview(b"")


class Damaged(ValueError):
    """The bytes are no message, or none that is read here."""


@dataclass
class Budget:
    """How many more fields are looked at, in a file and all that is in it."""

    left: int = MOST_FIELDS


class Message:
    """A message whose fields are found as they are asked for.

    Args:
        data: The serialized message.
        budget: What is left of the budget of the file.
    """

    __slots__ = ("_budget", "_data")

    def __init__(self, data: memoryview, budget: Budget) -> None:
        self._data = data
        self._budget = budget

    def fields(self) -> Iterator[tuple[int, int, int, memoryview]]:
        """Number, wire type, number value and bytes of every field, in order.

        Raises:
            Damaged: It ends within a field, or has one that no message has.
        """
        data, place, end = self._data, 0, len(self._data)
        budget = self._budget
        while place < end:
            budget.left -= 1
            if budget.left < 0:
                raise Damaged("it has more fields than any model")
            # Nearly all have one byte, and a call for each would take half the time.
            tag, place = data[place], place + 1
            if tag >= _ONE_BYTE:
                tag, place = _varint(data, place - 1, end)
            kind, number = tag & 7, tag >> 3
            if not number or tag > _LARGEST_TAG:
                raise Damaged("it has a field without a valid number")
            if kind == LENGTH:
                if place < end and data[place] < _ONE_BYTE:
                    length, place = data[place], place + 1
                else:
                    length, place = _varint(data, place, end)
                if length > end - place:
                    raise Damaged("a field is longer than what is left of it")
                yield number, kind, 0, data[place : place + length]
                place += length
            elif kind == VARINT:
                value, place = _varint(data, place, end)
                yield number, kind, value, _NOTHING
            elif kind in _FIXED:
                if _FIXED[kind] > end - place:
                    raise Damaged("it ends within a field")
                place += _FIXED[kind]
                yield number, kind, 0, _NOTHING
            else:
                raise Damaged("it has a field of a kind that is not in use")

    def of(self, data: memoryview) -> Message:
        """The message in a field."""
        return Message(data, self._budget)

    def inside(self, number: int) -> Iterator[Message]:
        """Every message with a field number: parts of one, or several.

        Raises:
            Damaged: The message is, or the field is of another kind.
        """
        for data in self.data(number):
            yield self.of(data)

    def data(self, number: int) -> Iterator[memoryview]:
        """The bytes of every field with a number.

        Raises:
            Damaged: The message is, or the field is of another kind.
        """
        for found, kind, _, data in self.fields():
            if found == number:
                if kind != LENGTH:
                    raise Damaged("a field is of another kind than in every model")
                yield data

    def texts(self, number: int) -> list[str]:
        """Every text with a field number."""
        return [text(one) for one in self.data(number)]

    def text(self, number: int) -> str:
        """The text with a field number, of which the last counts; "" if none."""
        return (self.texts(number) or [""])[-1]

    def entries(self, number: int) -> Iterator[tuple[str, Message]]:
        """Key and value of every entry of a map from text to messages."""
        for entry in self.inside(number):
            for value in list(entry.inside(2)) or [self.of(_NOTHING)]:
                yield entry.text(1), value

    def numbers(self, number: int) -> list[int]:
        """Every whole number with a field number, packed or not."""
        found: list[int] = []
        for field, kind, value, data in self.fields():
            if field == number and kind == VARINT:
                found.append(value)
            elif field == number:
                place = 0
                while place < len(data):
                    self._budget.left -= 1
                    value, place = _varint(data, place, len(data))
                    found.append(value)
        return found


def text(data: memoryview) -> str:
    """A field that is text.

    Raises:
        Damaged: It is not UTF-8, which protobuf's own parsers refuse as well.
    """
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError:
        raise Damaged("a name in it is no text") from None


def _varint(data: memoryview, place: int, end: int) -> tuple[int, int]:
    """A number, and the place after it."""
    value = shift = 0
    for at in range(place, min(place + _LONGEST, end)):
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at + 1
        shift += 7
    raise Damaged("it ends within a field, or has a number that is too long")
