"""The faults that are planted into spans: kinds, and the columns that they fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tidegate import testing
from tidegate.testing import Corruption, Fault
from tidegate.testing.cells import cells, change, reorder
from tidegate.testing.drawing import every_row, sample, wanted

Generator = np.random.Generator
Planned = Callable[[float], Corruption]


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    Attributes:
        name: Its name in the tables.
        fits: What columns it is for: "numbers", "texts", "any", "pairs", "rows".
        plan: For columns and a generator, the corruption of a share of the rows.
    """

    name: str
    fits: str
    plan: Callable[[pa.Table, tuple[str, ...], Generator], Planned]


@dataclass(frozen=True)
class Planted:
    """A span with a fault in it.

    Attributes:
        table: The span.
        kind: What was planted.
        columns: Where; none if it is about whole rows.
        rows: How many rows it changed.
    """

    table: pa.Table
    kind: str
    columns: tuple[str, ...]
    rows: int


def plant(table: pa.Table, kind: Kind, share: float, seed: int) -> Planted | None:
    """The span with a share of its rows broken; None if nothing can be.

    The same seed takes the same columns at every share, so that recall over
    shares is about the share alone.
    """
    generator = np.random.default_rng((seed, _number(kind.name)))
    able = list(_able(table, kind.fits))
    generator.shuffle(able)
    for columns in able[:20]:
        corruption = kind.plan(table, columns, generator)(share)
        broken, fault = corruption(table, generator)
        if fault.changed:
            return Planted(broken, kind.name, columns, len(fault.rows))
    return None


def _number(name: str) -> int:
    return int.from_bytes(name.encode()[:6], "big")


def _able(table: pa.Table, fits: str) -> Iterator[tuple[str, ...]]:
    """The columns that a kind of fault fits; pairs of numbers of one type."""
    if fits == "rows":
        yield ()
        return
    names = [name for name in table.column_names if _varies(table[name])]
    numbers = [name for name in names if _is_number(table[name].type)]
    if fits == "numbers":
        yield from ((name,) for name in numbers)
    elif fits == "texts":
        texts = [name for name in names if pa.types.is_string(table[name].type)]
        yield from ((name,) for name in texts)
    elif fits == "pairs":
        for one in numbers:
            for other in numbers:
                if one < other and table[one].type == table[other].type:
                    yield one, other
    else:
        yield from ((name,) for name in names)


def _varies(column: pa.ChunkedArray) -> bool:
    return len(column.drop_null().unique()) > 1


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _deviation(table: pa.Table, name: str) -> float:
    values = table[name].drop_null().cast(pa.float64())
    found = float(pc.stddev(values).as_py() or 0.0)
    return found or 1.0


def _simple(make: Callable[[str, float], Corruption]) -> Callable[..., Planned]:
    """A fault of one column that needs nothing but its name."""
    return lambda table, columns, generator: lambda share: make(columns[0], share)


def _scaled(table: pa.Table, columns: tuple[str, ...], draw: Generator) -> Planned:
    factor = float(draw.choice([0.1, 10.0, 60.0, 1000.0]))
    return lambda share: testing.scale(columns[0], factor, share)


def _offset(table: pa.Table, columns: tuple[str, ...], draw: Generator) -> Planned:
    """A constant of one deviation is added, as a changed time zone does."""
    by = _deviation(table, columns[0]) * float(draw.choice([-1.0, 1.0]))
    return lambda share: _numbers("offset", columns[0], share, lambda x: x + by)


def _noise(table: pa.Table, columns: tuple[str, ...], draw: Generator) -> Planned:
    """Gaussian noise of one deviation."""
    by = draw.normal(0, _deviation(table, columns[0]), table.num_rows)
    return lambda share: _numbers("noise", columns[0], share, lambda x: x + by)


def _numbers(
    kind: str, column: str, share: float, make: Callable[..., object]
) -> Corruption:
    def made(old: pa.Array, _: Generator) -> pa.Array:
        values = np.asarray(old.cast(pa.float64()).fill_null(np.nan), np.float64)
        changed = np.asarray(make(values), np.float64)
        if pa.types.is_integer(old.type):
            changed = np.rint(changed)
        known = np.isfinite(changed)
        new = pa.array(np.where(known, changed, 0.0), mask=~known)
        return new.cast(old.type, safe=False)

    return change(kind, column, share, made, kind)


def _default(table: pa.Table, columns: tuple[str, ...], _: Generator) -> Planned:
    """The most frequent value is written, as a form's default is."""
    common = pc.mode(_codes(table[columns[0]]))[0]["mode"].as_py()
    value = table[columns[0]].drop_null().unique()[common]

    def made(old: pa.Array, _: Generator) -> pa.Array:
        return pa.array([value.as_py()] * len(old), old.type)

    return lambda share: change("default", columns[0], share, made, "default")


def _codes(column: pa.ChunkedArray) -> pa.Array:
    values = column.drop_null()
    return pc.index_in(values, values.unique())


def _shuffled(table: pa.Table, columns: tuple[str, ...], _: Generator) -> Planned:
    """The values of some rows are dealt out anew among these rows."""

    def planned(share: float) -> Corruption:
        def corruption(table: pa.Table, draw: Generator) -> tuple[pa.Table, Fault]:
            order = every_row(table.num_rows)
            rows = sample(order, share, draw)
            order[rows] = np.roll(rows, int(draw.integers(1, max(len(rows), 2))))
            broken, changed = reorder(table, [columns[0]], order)
            return broken, Fault("shuffled", changed, "shuffled", columns)

        return corruption

    return planned


def _carried(table: pa.Table, columns: tuple[str, ...], _: Generator) -> Planned:
    """The value of the row before is repeated, as a stuck sensor does."""

    def made(old: pa.Array, _: Generator) -> pa.Array:
        return pa.concat_arrays([old.slice(0, 1), old.slice(0, len(old) - 1)])

    return lambda share: change("stuck", columns[0], share, made, "stuck")


def _lost(table: pa.Table, columns: tuple[str, ...], draw: Generator) -> Planned:
    """Rows of the most frequent values of a text are lost, a share of all rows."""

    def planned(share: float) -> Corruption:
        def corruption(table: pa.Table, draw: Generator) -> tuple[pa.Table, Fault]:
            values = cells(table, columns[0])
            known = pc.index_in(values, values.drop_null().unique())
            codes = np.asarray(pc.fill_null(known, -1)).astype(np.int64)
            counts = np.bincount(codes[codes >= 0])
            # The most frequent value first; rows without one are never lost.
            turn = np.append(np.argsort(np.argsort(-counts, kind="stable")), 1 << 40)
            order = np.lexsort((draw.random(len(codes)), turn[codes]))
            number = wanted(int((codes >= 0).sum()), share)
            kept = np.sort(order[number:])
            gone = np.sort(order[:number]).astype(np.int64)
            what = Fault("lost", gone, "lost", columns, whole=True)
            return table.take(pa.array(kept)), what

        return corruption

    return planned


def _swapped(table: pa.Table, columns: tuple[str, ...], _: Generator) -> Planned:
    return lambda share: testing.swap_columns(columns[0], columns[1], share)


def _twice(table: pa.Table, columns: tuple[str, ...], _: Generator) -> Planned:
    return testing.duplicate_rows


KINDS: tuple[Kind, ...] = (
    Kind("missing", "any", _simple(testing.drop_values)),
    Kind("missing in a block", "any", _simple(testing.drop_values_in_block)),
    Kind("sentinel", "any", _simple(testing.write_sentinel)),
    Kind("default value", "any", _default),
    Kind("stuck value", "any", _carried),
    Kind("shuffled", "any", _shuffled),
    Kind("unit", "numbers", _scaled),
    Kind("miles to km", "numbers", _simple(testing.miles_to_kilometres)),
    Kind("sign", "numbers", _simple(testing.flip_sign)),
    Kind("offset", "numbers", _offset),
    Kind("noise", "numbers", _noise),
    Kind("rounded", "numbers", _simple(testing.round_values)),
    Kind("outliers", "numbers", _simple(testing.add_outliers)),
    Kind("swapped columns", "pairs", _swapped),
    Kind("new category", "texts", _simple(testing.write_unknown_category)),
    Kind("typo", "texts", _simple(testing.swap_characters)),
    Kind("case", "texts", _simple(testing.change_case)),
    Kind("padding", "texts", _simple(testing.pad)),
    Kind("encoding", "texts", _simple(testing.damage_encoding)),
    Kind(
        "cut text",
        "texts",
        _simple(lambda c, s: testing.change_length(c, s, shorter=True)),
    ),
    Kind("lost category", "texts", _lost),
    Kind("duplicate rows", "rows", _twice),
)
