"""Real data that recurs, from packages that ship it, cut into spans.

Usage: python benchmarks/detecting/data_sets.py --cache DIR [NAME …]
Prints what each data set is like. What gives the span away (its date, numbers that
only grow) is no column: only forms that come back are kept, such as the hour.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from detecting import data_sets_packages, data_sets_rdatasets  # noqa: E402
from detecting.data_sets_recipe import WHEN, Recipe  # noqa: E402
from detecting.data_sets_spans import cut, typed  # noqa: E402
from detecting.data_sets_wheels import PINNED, Wheels  # noqa: E402
from tidegate.columnar.parquet_file import read_parquet, write_parquet  # noqa: E402
from tidegate.errors import TidegateError, UsageError  # noqa: E402

RECIPES = {
    recipe.name: recipe
    for recipe in (*data_sets_rdatasets.RECIPES, *data_sets_packages.RECIPES)
}
# First day of a row's span, in the file of a data set.
_START = "_start"
_SIZES = "min/median/max"
_LINE = (
    "{name:17}{spans:>6}{rows:>16}{numbers:>9}{texts:>7}  "
    "{first:12}{last:12}{label:20}{source}"
)


@dataclass(frozen=True)
class Recurring:
    """A data set in spans.

    Attributes:
        name: Its name.
        source: Package, version, licence as stated, table, and what it is.
        tables: The rows of each span, oldest first; columns and types are the same.
        starts: First day of each span.
        label: Column that is predicted, if there is an obvious one.
        changes: First days from which the data is known to be another: what an
            alarm there is right about.
        synthetic: Whether the data was made up.
    """

    name: str
    source: str
    tables: tuple[pa.Table, ...]
    starts: tuple[date, ...]
    label: str | None
    changes: tuple[date, ...] = ()
    synthetic: bool = False


def names() -> list[str]:
    """Every data set, flights first."""
    return list(RECIPES)


def load(name: str, cache: Path) -> Recurring:
    """A data set, from the cache if it was made there by the same code.

    Args:
        name: One of `names()`.
        cache: Folder for the fetched packages and the data sets made of them.

    Raises:
        UsageError: There is no such data set.
        InfrastructureError: A package could not be fetched.
    """
    if name not in RECIPES:
        raise UsageError(
            f"there is no data set {name!r}",
            expected=f"one of {', '.join(RECIPES)}",
            fix="python benchmarks/detecting/data_sets.py --help",
        )
    recipe = RECIPES[name]
    path = cache / f"{name}-{_version()}.parquet"
    if not path.is_file():
        write_parquet(path, _made(recipe, Wheels(cache / "wheels")))
    starts, tables = _apart(read_parquet(path))
    return Recurring(
        name,
        recipe.source,
        tables,
        starts,
        recipe.label,
        recipe.changes,
        recipe.synthetic,
    )


def _made(recipe: Recipe, wheels: Wheels) -> pa.Table:
    """All spans of a data set in one table, with the first day of each."""
    frame = recipe.read(wheels)
    days = frame.pop(WHEN).to_numpy().astype("datetime64[D]")
    starts, tables = cut(typed(frame), days, recipe.period, least=recipe.least)
    chosen = slice(-recipe.last if recipe.last else None, None)
    starts, tables = starts[chosen], tables[chosen]
    of_rows = np.repeat(
        np.array(starts, "datetime64[D]"), [one.num_rows for one in tables]
    )
    return pa.concat_tables(tables).append_column(
        _START, pa.array(of_rows, pa.date32())
    )


def _apart(table: pa.Table) -> tuple[tuple[date, ...], tuple[pa.Table, ...]]:
    """First day and rows of each span of a table that `_made` wrote."""
    days = table.column(_START).combine_chunks()
    rows = table.drop([_START]).combine_chunks()
    runs = pc.value_counts(days)
    sizes = runs.field("counts").to_pylist()
    offsets = np.cumsum([0, *sizes[:-1]]).tolist()
    return tuple(runs.field("values").to_pylist()), tuple(
        rows.slice(offset, size) for offset, size in zip(offsets, sizes, strict=True)
    )


def _version() -> str:
    """A digest of the code and the pins that a data set is made by."""
    sources = [PINNED, *sorted(HERE.glob("data_sets*.py"))]
    content = b"".join(source.read_bytes() for source in sources)
    return hashlib.sha256(content).hexdigest()[:12]


def _described(found: Recurring) -> dict[str, object]:
    sizes = [table.num_rows for table in found.tables]
    types = found.tables[0].schema.types
    texts = sum(pa.types.is_string(one) for one in types)
    return {
        "name": found.name,
        "spans": len(sizes),
        "rows": f"{min(sizes)}/{median(sizes):.0f}/{max(sizes)}",
        "numbers": len(types) - texts,
        "texts": texts,
        "first": found.starts[0].isoformat(),
        "last": found.starts[-1].isoformat(),
        "label": found.label or "",
        "source": found.source,
    }


def _printed(rows: Iterable[dict[str, object]]) -> None:
    for number, row in enumerate(rows):
        if not number:
            print(_LINE.format(**{name: name for name in row} | {"rows": _SIZES}))
        print(_LINE.format(**row), flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints a line for each data set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="default: all")
    parser.add_argument("--cache", type=Path, required=True, help="folder to keep")
    parser.add_argument("--json", action="store_true", help="print JSON")
    asked = parser.parse_args(arguments)
    try:
        found = (_described(load(name, asked.cache)) for name in asked.names or names())
        if asked.json:
            print(json.dumps(list(found), indent=2))
        else:
            _printed(found)
    except TidegateError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
