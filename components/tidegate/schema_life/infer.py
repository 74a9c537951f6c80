"""A first schema and a first suite from data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.columnar.dataset import Dataset
from tidegate.data_tests.plan import Glance
from tidegate.data_tests.schema_verdict import infer_schema
from tidegate.errors import UsageError
from tidegate.report.model import write_whole
from tidegate.report.wording import counted, percent, printable
from tidegate.schema_life.guess import ColumnGuess, Guess, guess
from tidegate.schema_life.schema_text import schema_text
from tidegate.schema_life.seen_data import SeenData, name_of, see
from tidegate.schema_life.suggest import SuggestedSuite, suggest
from tidegate.schema_life.suite_text import suite_text

_EXAMPLES = 5
_LONGEST = 24
_WHOLE = 2**62


@dataclass(frozen=True, eq=False)
class Inferred:
    """A first schema and a first suite.

    Attributes:
        seen: The data.
        schema: The schema; its own validator finds nothing wrong with the data.
        suggested: The suite; all of its tests hold on the data.
        schema_text: The schema, with comments.
        suite_text: The suite, with comments.
        notices: What a person should look at.
    """

    seen: SeenData
    schema: schema_pb2.Schema
    suggested: SuggestedSuite
    schema_text: str
    suite_text: str
    notices: tuple[str, ...] = ()


def infer(
    data: Sequence[str] | Dataset,
    *,
    label: str | None = None,
    dataset: str | None = None,
    span: int | None = None,
    progress: Callable[[Glance], None] | None = None,
) -> Inferred:
    """A first schema and a first suite, a guess that leaves room for other days.

    Args:
        data: Files, folders, globs or patterns, or a data set.
        label: Column that is predicted; it is never guessed.
        dataset: Name of the data set; None takes that of the first file.
        span: The span to read; None reads the newest of a pattern.
        progress: Called with what was seen of each batch.

    Raises:
        DataError: The data cannot be read whole, or there is no row in them.
        UsageError: There are no such data, or no such label.
    """
    seen = see(data, span=span, progress=progress)
    if label is not None and label not in seen.columns:
        raise UsageError(
            f"there is no column {printable(label)} that could be the label",
            expected=f"one of {', '.join(map(printable, seen.columns[:20]))}",
            got=printable(label),
            fix="name the column that is predicted, or leave --label out",
        )
    called = dataset or (name_of(data) if not isinstance(data, Dataset) else "data")
    found = guess(seen, label)
    schema, suggested = schema_of(found), suggest(found, called)
    source = ", ".join(list(seen.rows_of_files)[:3])
    return Inferred(
        seen,
        schema,
        suggested,
        schema_text(schema, _notes(found), list(_head(seen, source))),
        suite_text(suggested, source, seen.rows),
        tuple(_notices(found, suggested)),
    )


def write(inferred: Inferred, schema: Path, suite: Path) -> None:
    """Writes both files, each whole or not at all."""
    write_whole(schema, inferred.schema_text.encode())
    write_whole(suite, inferred.suite_text.encode())


def schema_of(found: Guess) -> schema_pb2.Schema:
    """The schema of a guess: TFDV's own, with limits that hold tomorrow.

    TFDV takes what it sees for all there is: a month of January makes `month` a
    truth value, 94 destinations a closed list. Its types and shapes are kept.
    """
    schema = infer_schema(found.seen.statistics(), largest_domain=0)
    del schema.string_domain[:]
    for feature in schema.feature:
        _refine(feature, found.columns[feature.name], schema)
    return schema


def _refine(
    feature: schema_pb2.Feature, column: ColumnGuess, schema: schema_pb2.Schema
) -> None:
    kept = schema_pb2.Feature(name=feature.name, type=feature.type)
    if column.profile.is_list:
        # That all lists were of one length says little about the next one.
        kept.value_count.min = 0 if column.missing != 0 else 1
    elif column.missing == 0:
        kept.shape.dim.add().size = 1
    else:
        # A missing value of a tf.Example is a list without values: at most one.
        kept.value_count.max = 1
    if column.missing is not None:
        kept.presence.min_fraction = round(1.0 - column.missing, 4)
    kept.presence.min_count = 1 if column.missing is not None else 0
    if column.private:
        kept.annotation.tag.append("pii")
    _limit(kept, column, schema)
    feature.CopyFrom(kept)


def _limit(
    feature: schema_pb2.Feature, column: ColumnGuess, schema: schema_pb2.Schema
) -> None:
    limits = column.range
    if limits is not None and feature.type == schema_pb2.INT:
        domain = feature.int_domain
        domain.SetInParent()
        if limits.low is not None and abs(limits.low) < _WHOLE:
            domain.min = int(limits.low)
        if limits.high is not None and abs(limits.high) < _WHOLE:
            domain.max = int(limits.high)
    elif limits is not None and feature.type == schema_pb2.FLOAT:
        feature.float_domain.disallow_nan = column.profile.nan == 0
        if limits.low is not None:
            feature.float_domain.min = limits.low
        if limits.high is not None:
            feature.float_domain.max = limits.high
    if column.domain is not None:
        schema.string_domain.add(name=column.name, value=column.domain.values)
        feature.domain = column.name
        if column.domain.spare:
            mass = 1.0 - column.domain.spare
            feature.distribution_constraints.min_domain_mass = mass


def _head(seen: SeenData, source: str) -> Iterator[str]:
    yield f"A first schema, guessed from {counted(seen.rows, 'rows')} of {source}."
    yield "Above each column stands what was seen of it. Limits leave room; read"
    yield "them, and change what you know better: every one is a guess."


def _notes(found: Guess) -> dict[str, list[str]]:
    return {name: list(_told(one, found)) for name, one in found.columns.items()}


def _told(column: ColumnGuess, found: Guess) -> Iterator[str]:
    profile = column.profile
    role = "the label; " if column.name == found.label else ""
    missing = percent(profile.missing, profile.rows)
    gaps = "never missing" if not profile.missing else f"missing in {missing}"
    distinct = f"{counted(profile.distinct, 'values')}"
    if column.private:
        yield f"Looks private ({column.private}): values are never shown. {gaps}."
        return
    if profile.low is not None and profile.high is not None:
        reach = f", {profile.low:,.6g} to {profile.high:,.6g}"
    else:
        reach = ""
    yield f"Seen: {role}{distinct}{reach}; {gaps}."
    if profile.words is not None and profile.kind == "text":
        shown = [printable(str(v), _LONGEST) for v, _ in profile.frequent(_EXAMPLES)]
        more = ", …" if profile.distinct > _EXAMPLES else ""
        yield f"Such as: {', '.join(shown)}{more}"
    reason = column.domain or column.form or column.range
    if reason is not None and not (column.range and column.range.is_measure):
        yield f"Taken for: {reason.reason}."


def _notices(found: Guess, suggested: SuggestedSuite) -> Iterator[str]:
    """What was seen and is not as it should be: no test could be written for it."""
    for name, column in found.columns.items():
        if not column.profile.present:
            yield f"{printable(name)} has no value: nothing is known of it"
    told = {
        "null_spellings": "has words that mean missing; have the export leave them out",
        "no_sentinel": "has a number that seems to mean missing",
        "readable_text": "has texts that were decoded wrongly",
        "unpadded": "has values with spaces around them",
        "finite": "has NaN or infinite numbers",
        "one_kind": "has values of several kinds",
    }
    for one in suggested.dropped:
        if one.name in told:
            names = one.parameters["column"]
            for name in names if isinstance(names, list) else [names]:
                yield f"{printable(name)} {told[one.name]}"
    if not suggested.key:
        yield "no set of columns names each row; say which is the key if there is one"
