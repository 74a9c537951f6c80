"""TFDV's verdict is the same on our statistics as on its own.

Hundreds of data sets and schemas, each spoiled in a few ways at once, are
judged twice: by `tfdv.validate_statistics` on the statistics that TFDV makes,
and by its native validator on ours. The two must agree to the letter.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pytest
from google.protobuf import text_format
from pipelines.flights.data import write_months
from pyarrow import csv
from tensorflow_metadata.proto.v0 import anomalies_pb2, schema_pb2, statistics_pb2

from tidegate.columnar.statistics.profile import ColumnProfile
from tidegate.columnar.statistics.tfdv import dataset_statistics
from tidegate.data_tests.schema_verdict import (
    infer_schema,
    schema_anomalies,
    update_schema,
)

TEXT, BYTES = pa.large_string(), pa.large_binary()
LEAST_PAIRS = 200
ENVIRONMENTS = ("TRAINING", "SERVING")
FLIGHTS = Path(__file__).parents[2] / "schemas" / "flights" / "schema.pbtxt"
Draw = random.Random
COUNTED_BY_TFDV = 1000
LISTED = re.compile(r"(?<=missing from the schema: ).*")


@dataclass(frozen=True, eq=False)
class Pair:
    """Data, a schema, and how TFDV comes to see the data.

    Attributes:
        name: How it was made.
        with_schema: Whether the schema is known when statistics are made.
        as_examples: Whether a missing value is a list without values.
        environment: Empty for none.
    """

    name: str
    table: pa.Table
    schema: schema_pb2.Schema
    with_schema: bool = False
    as_examples: bool = False
    environment: str = ""


Verdicts: TypeAlias = tuple[Pair, anomalies_pb2.Anomalies, anomalies_pb2.Anomalies]

# Data, and what can go wrong with it.


def synthetic(rows: int = 40) -> pa.Table:
    draw = random.Random(7)
    letters = [draw.choice("abc") for _ in range(rows)]
    floats = [round(draw.uniform(-5, 5), 2) for _ in range(rows)]
    several = [[draw.randrange(9)] * draw.randrange(1, 4) for _ in range(rows)]
    words = [[draw.choice("xy")] * draw.randrange(0, 3) for _ in range(rows)]
    return pa.table(
        {
            "int": pa.array([draw.randrange(10) for _ in range(rows)], pa.int64()),
            "flag": pa.array([draw.randrange(2) for _ in range(rows)], pa.int64()),
            "float": pa.array(floats, pa.float32()),
            "share": pa.array([abs(one) / 5 for one in floats], pa.float32()),
            "whole": pa.array([float(round(one)) for one in floats], pa.float32()),
            "word": pa.array(letters, TEXT),
            "bytes": pa.array([one.encode() for one in letters], BYTES),
            "digits": pa.array([str(draw.randrange(50)) for _ in range(rows)], TEXT),
            "decimal": pa.array([str(one) for one in floats], TEXT),
            "truth": pa.array([draw.choice(["yes", "no"]) for _ in letters], TEXT),
            "id": pa.array([f"id{row}" for row in range(rows)], TEXT),
            "ints": pa.array(several, pa.large_list(pa.int64())),
            "words": pa.array(words, pa.large_list(TEXT)),
            "void": pa.nulls(rows),
        }
    )


def flights(folder: Path) -> pa.Table:
    (file,) = write_months(folder, months=[3], rows=150)
    kinds = {"carrier": TEXT, "tailnum": TEXT, "origin": TEXT, "dest": TEXT}
    options = csv.ConvertOptions(
        column_types={**kinds, "time_hour": TEXT},
        null_values=[""],
        strings_can_be_null=True,
    )
    return csv.read_csv(file, convert_options=options).combine_chunks()


def put(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def pick(draw: Draw, table: pa.Table, fits: Callable[[pa.DataType], bool]) -> str:
    fitting: list[str] = [one.name for one in table.schema if fits(one.type)]
    return draw.choice(fitting or [str(name) for name in table.column_names])


def is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def is_word(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_large_binary(kind))


def replaced(
    draw: Draw, column: pa.ChunkedArray, value: Any, kind: pa.DataType
) -> pa.Array:
    share = draw.choice([0.005, 0.05, 0.5])
    values = [value if draw.random() < share else one for one in column.to_pylist()]
    if values:
        values[draw.randrange(len(values))] = value
    return pa.array(values, kind)


def odd_number(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, pa.types.is_integer)
    if not pa.types.is_integer(table.schema.field(name).type):
        return table
    value = draw.choice([-1, 0, 10_000, -(2**40), 2**62])
    return put(table, name, replaced(draw, table[name], value, pa.int64()))


def odd_float(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, pa.types.is_floating)
    if not is_number(table.schema.field(name).type):
        return table
    value = draw.choice([float("nan"), float("inf"), -float("inf"), 1e30])
    return put(table, name, replaced(draw, table[name], value, pa.float32()))


def odd_word(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, is_word)
    if not is_word(table.schema.field(name).type):
        return table
    value = draw.choice(["", " ", "new", "ü", "7", "1.5", "z" * 1500, "None"])
    kind = table.schema.field(name).type
    new = value.encode() if pa.types.is_large_binary(kind) else value
    return put(table, name, replaced(draw, table[name], new, kind))


def not_utf8(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, is_word)
    if not is_word(table.schema.field(name).type):
        return table
    values = table[name].cast(BYTES)
    return put(table, name, replaced(draw, values, b"\xff\xfe", BYTES))


def nulls(draw: Draw, table: pa.Table) -> pa.Table:
    name = draw.choice(table.column_names)
    kind = table.schema.field(name).type
    return put(table, name, replaced(draw, table[name], None, kind))


def all_null(draw: Draw, table: pa.Table) -> pa.Table:
    name = draw.choice(table.column_names)
    kind = draw.choice([pa.null(), table.schema.field(name).type])
    return put(table, name, pa.nulls(len(table), kind))


def all_nan(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, is_number)
    return put(table, name, pa.array([float("nan")] * len(table), pa.float32()))


def other_type(draw: Draw, table: pa.Table) -> pa.Table:
    name = draw.choice(table.column_names)
    rows = range(len(table))
    column = draw.choice(
        [
            pa.array([row % 5 for row in rows], pa.int64()),
            pa.array([row / 4 for row in rows], pa.float32()),
            pa.array([f"w{row % 5}" for row in rows], TEXT),
            pa.array([str(row) for row in rows], TEXT),
            pa.array([f"{row / 4}" for row in rows], TEXT),
        ]
    )
    return put(table, name, column)


def lists(draw: Draw, table: pa.Table) -> pa.Table:
    name = pick(draw, table, lambda kind: is_number(kind) or is_word(kind))
    kind = table.schema.field(name).type
    if not (is_number(kind) or is_word(kind)):
        return table
    most = draw.choice([1, 2, 5])
    values = [
        None if one is None else [one] * draw.randrange(0 if most < 5 else 1, most + 1)
        for one in table[name].to_pylist()
    ]
    return put(table, name, pa.array(values, pa.large_list(kind)))


def gone(draw: Draw, table: pa.Table) -> pa.Table:
    return table.drop([draw.choice(table.column_names)]) if len(table) else table


def new(draw: Draw, table: pa.Table) -> pa.Table:
    rows = range(len(table))
    column = draw.choice(
        [
            pa.array([row % 3 for row in rows], pa.int64()),
            pa.array([row / 3 for row in rows], pa.float32()),
            pa.array([f"n{row % 3}" for row in rows], TEXT),
            pa.array([f"unique {row}" for row in rows], TEXT),
            pa.array([[row] * (row % 3) for row in rows], pa.large_list(pa.int64())),
            pa.nulls(len(table)),
        ]
    )
    name = f"new{draw.randrange(3)}"
    return table if name in table.column_names else table.append_column(name, column)


def few(draw: Draw, table: pa.Table) -> pa.Table:
    return table.slice(0, draw.choice([0, 1, 1, 5]))


def twice(draw: Draw, table: pa.Table) -> pa.Table:
    return pa.concat_tables([table, table]).combine_chunks()


def many(draw: Draw, table: pa.Table) -> pa.Table:
    """More distinct values than TFDV lists, some of them more frequent."""
    if not len(table):
        return table
    name = pick(draw, table, is_word)
    large = table.take([row % len(table) for row in range(2500)])
    often = draw.choice([0, 3, 40])
    words = [f"often {row % often}" for row in range(9 * often)]
    words += [str(row) for row in range(len(words), len(large))]
    return put(large.combine_chunks(), name, pa.array(words, TEXT))


DATA = [
    odd_number,
    odd_number,
    odd_float,
    odd_float,
    odd_word,
    odd_word,
    not_utf8,
    nulls,
    nulls,
    all_null,
    all_nan,
    other_type,
    other_type,
    lists,
    lists,
    gone,
    new,
    few,
    twice,
    many,
]

# Schemas, and how they may differ from the data.


def chosen(
    draw: Draw, schema: schema_pb2.Schema, *types: int
) -> schema_pb2.Feature | None:
    fitting = [one for one in schema.feature if not types or one.type in types]
    return draw.choice(fitting) if fitting else None


def bounded(feature: schema_pb2.Feature, draw: Draw, kind: str) -> None:
    domain = getattr(feature, kind)
    domain.SetInParent()
    if draw.random() < 0.7:
        domain.min = draw.choice([-3, 0, 1, 5])
    if draw.random() < 0.7:
        domain.max = draw.choice([1, 4, 8, 2000])


def int_domain(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.INT, schema_pb2.BYTES)
    if feature is not None:
        bounded(feature, draw, "int_domain")


def float_domain(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is not None:
        bounded(feature, draw, "float_domain")


def finite(draw: Draw, schema: schema_pb2.Schema) -> None:
    for feature in schema.feature:
        if feature.type == schema_pb2.FLOAT:
            feature.float_domain.disallow_nan = draw.random() < 0.8
            feature.float_domain.disallow_inf = draw.random() < 0.8


def float_range(draw: Draw, schema: schema_pb2.Schema) -> None:
    for feature in schema.feature:
        if feature.type == schema_pb2.FLOAT:
            bounded(feature, draw, "float_domain")


def float_categories(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.FLOAT)
    if feature is not None:
        feature.float_domain.is_categorical = True
        feature.unique_constraints.min, feature.unique_constraints.max = 2, 5


def string_domain(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.BYTES, schema_pb2.INT)
    if feature is None:
        return
    values = draw.sample(["a", "b", "c", "x", "EWR", "JFK", "UA", "1", "2", ""], 4)
    if draw.random() < 0.5:
        feature.string_domain.value.extend(values)
        return
    name = f"named{len(schema.string_domain)}"
    schema.string_domain.add(name=name, value=values)
    feature.domain = name


def uncategorical(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.BYTES)
    if feature is not None:
        feature.string_domain.value.extend(["a", "b"])
        feature.string_domain.is_categorical = draw.choice([1, 2])


def narrowed(draw: Draw, schema: schema_pb2.Schema) -> None:
    for domain in schema.string_domain:
        if len(domain.value) > 1:
            del domain.value[draw.randrange(len(domain.value))]


def bool_domain(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is None:
        return
    feature.bool_domain.SetInParent()
    if draw.random() < 0.5:
        feature.bool_domain.true_value = draw.choice(["yes", "a", "true"])
        feature.bool_domain.false_value = draw.choice(["no", "b", "false"])


def categories(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.INT)
    if feature is None:
        return
    feature.int_domain.is_categorical = True
    if draw.random() < 0.5:
        feature.unique_constraints.min, feature.unique_constraints.max = 2, 5
    else:
        feature.int_domain.max = 3


def domain_mass(draw: Draw, schema: schema_pb2.Schema) -> None:
    string_domain(draw, schema)
    share = draw.choice([0.1, 0.5, 0.9, 0.99])
    for feature in schema.feature:
        if feature.WhichOneof("domain_info") in ("domain", "string_domain"):
            feature.distribution_constraints.min_domain_mass = share


def unique(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.BYTES, schema_pb2.INT)
    if feature is not None:
        feature.unique_constraints.min = draw.choice([0, 3, 1000])
        feature.unique_constraints.max = draw.choice([1, 2, 10_000])


def presence(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is not None:
        feature.presence.min_fraction = draw.choice([0.5, 0.99, 1.0])
        feature.presence.min_count = draw.choice([0, 1, 1000])


def all_present(draw: Draw, schema: schema_pb2.Schema) -> None:
    for feature in schema.feature:
        feature.presence.min_fraction = 1.0
        feature.presence.min_count = 1


def value_count(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is not None:
        feature.value_count.min = draw.choice([0, 1, 2])
        feature.value_count.max = draw.choice([1, 1, 2, 5])


def shape(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is not None:
        feature.presence.min_fraction = 1.0
        feature.shape.SetInParent()
        for _ in range(draw.choice([0, 0, 1, 2])):
            feature.shape.dim.add(size=draw.choice([1, 2]))


def type_swap(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is not None:
        feature.type = draw.choice([1, 2, 3])


def forgotten(draw: Draw, schema: schema_pb2.Schema) -> None:
    if schema.feature:
        del schema.feature[draw.randrange(len(schema.feature))]


def expected(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = schema.feature.add(name="absent", type=draw.choice([1, 2, 3]))
    if draw.random() < 0.8:
        feature.presence.min_fraction = 1.0


def lifecycle(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is None:
        return
    presence(draw, schema)
    feature.int_domain.max = 0
    if draw.random() < 0.3:
        feature.deprecated = True
    else:
        stages = schema_pb2.LifecycleStage.values()
        feature.lifecycle_stage = draw.choice(stages)


def environments(draw: Draw, schema: schema_pb2.Schema) -> None:
    for name in ENVIRONMENTS:
        if name not in schema.default_environment:
            schema.default_environment.append(name)
    for _ in range(3):
        feature = chosen(draw, schema)
        if feature is not None and not feature.in_environment:
            which = draw.choice(ENVIRONMENTS)
            if draw.random() < 0.6:
                del feature.not_in_environment[:]
                feature.not_in_environment.append(which)
            elif not feature.not_in_environment:
                feature.in_environment.append(which)


def examples_count(draw: Draw, schema: schema_pb2.Schema) -> None:
    constraints = schema.dataset_constraints
    constraints.min_examples_count = draw.choice([0, 1, 100, 1000])
    if draw.random() < 0.5:
        constraints.max_examples_count = draw.choice([1, 30, 500])


def semantic(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema, schema_pb2.BYTES)
    if feature is None:
        return
    kind = draw.choice(["url_domain", "mid_domain", "time_domain", "image_domain"])
    getattr(feature, kind).SetInParent()
    if kind == "image_domain":
        feature.image_domain.max_image_byte_size = 2


def images(draw: Draw, schema: schema_pb2.Schema) -> None:
    for feature in schema.feature:
        if feature.type == schema_pb2.BYTES:
            feature.image_domain.max_image_byte_size = draw.choice([1, 3])


def inconsistent(draw: Draw, schema: schema_pb2.Schema) -> None:
    feature = chosen(draw, schema)
    if feature is None:
        return
    how = draw.randrange(3)
    if how == 0:
        feature.ClearField("type")
    elif how == 1:
        feature.domain = "nowhere"
    else:
        schema.feature.add(name=feature.name, type=feature.type)


SCHEMAS = [
    int_domain,
    int_domain,
    float_domain,
    finite,
    finite,
    float_range,
    float_categories,
    string_domain,
    string_domain,
    uncategorical,
    narrowed,
    bool_domain,
    categories,
    domain_mass,
    unique,
    presence,
    all_present,
    value_count,
    value_count,
    shape,
    type_swap,
    forgotten,
    expected,
    lifecycle,
    environments,
    examples_count,
    semantic,
    inconsistent,
]

# What goes wrong with the data and what would see it.
TOGETHER = [
    (odd_float, finite),
    (all_nan, finite),
    (not_utf8, string_domain),
    (odd_word, domain_mass),
    (nulls, all_present),
    (lists, value_count),
    (many, unique),
    (gone, all_present),
    (odd_number, categories),
    (odd_word, images),
]


def pairs(folder: Path) -> Iterator[Pair]:
    """Every mutation alone on both data sets, then some hundred mixtures."""
    for base, table, schema in (
        ("flights", *with_own_schema(folder)),
        ("synthetic", *with_inferred_schema(synthetic())),
    ):
        for number, spoil in enumerate(dict.fromkeys(DATA)):
            draw = random.Random(number)
            name = f"{base} {spoil.__name__}"
            yield Pair(name, spoil(draw, table), schema)
            yield Pair(f"{name} as examples", spoil(draw, table), schema, True, True)
        for number, change in enumerate(dict.fromkeys(SCHEMAS)):
            for seed in range(2):
                draw = random.Random(100 * seed + number)
                name = f"{base} {change.__name__} {seed}"
                changed = copied(schema)
                change(draw, changed)
                yield Pair(name, table, changed, bool(seed), bool(seed))
        if base == "synthetic":
            yield from couples(base, table, schema)
        yield from mixtures(base, table, schema)


def couples(base: str, table: pa.Table, schema: schema_pb2.Schema) -> Iterator[Pair]:
    for spoil, change in TOGETHER:
        for seed in range(6):
            draw = random.Random(seed)
            spoiled, changed = spoil(draw, table), copied(schema)
            change(draw, changed)
            name = f"{base} {spoil.__name__} with {change.__name__} {seed}"
            yield Pair(name, spoiled, changed, bool(seed % 2), seed % 3 == 0)


def mixtures(base: str, table: pa.Table, schema: schema_pb2.Schema) -> Iterator[Pair]:
    for seed in range(70):
        draw = random.Random(seed)
        data = draw.sample(DATA, draw.randrange(3))
        changes = draw.sample(SCHEMAS, draw.randrange(1, 5))
        spoiled, changed = table, copied(schema)
        for spoil in data:
            spoiled = spoil(draw, spoiled)
        for change in changes:
            change(draw, changed)
        known = list(changed.default_environment)
        how = ", ".join(one.__name__ for one in (*data, *changes))
        yield Pair(
            f"{base} {seed}: {how}",
            spoiled,
            changed,
            with_schema=draw.random() < 0.5,
            as_examples=draw.random() < 0.5,
            environment=draw.choice(["", *known]),
        )


def copied(schema: schema_pb2.Schema) -> schema_pb2.Schema:
    changed = schema_pb2.Schema()
    changed.CopyFrom(schema)
    return changed


def with_own_schema(folder: Path) -> tuple[pa.Table, schema_pb2.Schema]:
    text = FLIGHTS.read_text(encoding="utf-8")
    return flights(folder), text_format.Parse(text, schema_pb2.Schema())


def with_inferred_schema(table: pa.Table) -> tuple[pa.Table, schema_pb2.Schema]:
    return table, infer_schema(ours(Pair("", table, schema_pb2.Schema())))


# The two ways to a verdict.


def ours(pair: Pair) -> bytes:
    table = pair.table
    # In two parts, so that what is judged has been merged.
    cut = len(table) // 3
    profiles = {
        name: ColumnProfile.of(table[name].slice(0, cut)).merge(
            ColumnProfile.of(table[name].slice(cut))
        )
        for name in table.column_names
    }
    schema = pair.schema if pair.with_schema else None
    made = dataset_statistics(
        profiles, len(table), schema=schema, as_examples=pair.as_examples
    )
    return bytes(made.SerializeToString())


def theirs(pair: Pair) -> statistics_pb2.DatasetFeatureStatisticsList:
    from tensorflow_data_validation import StatsOptions
    from tensorflow_data_validation.statistics import stats_impl

    columns = [as_lists(column, pair.as_examples) for column in pair.table.columns]
    batch = pa.RecordBatch.from_arrays(columns, pair.table.column_names)
    options = StatsOptions(
        schema=pair.schema if pair.with_schema else None,
        experimental_use_sketch_based_topk_uniques=True,
    )
    return stats_impl.generate_statistics_in_memory(batch, options)


def as_lists(column: pa.ChunkedArray, empty: bool) -> pa.Array:
    """The column as TFDV wants it: a list a row, as decoded from tf.Examples."""
    kind = column.type
    if pa.types.is_null(kind):
        return pa.nulls(len(column))
    is_list = pa.types.is_large_list(kind)
    held = column.to_pylist()
    rows = [one if is_list or one is None else [one] for one in held]
    if empty:
        rows = [[] if row is None else row for row in rows]
    return pa.array(rows, kind if is_list else pa.large_list(kind))


def verdict_on_ours(pair: Pair) -> anomalies_pb2.Anomalies:
    schema = pair.schema.SerializeToString()
    return schema_anomalies(ours(pair), schema, pair.environment)


def verdict_on_theirs(pair: Pair) -> anomalies_pb2.Anomalies:
    import tensorflow_data_validation as tfdv

    return tfdv.validate_statistics(
        theirs(pair), pair.schema, environment=pair.environment or None
    )


def reasons(anomalies: anomalies_pb2.Anomalies) -> list[str]:
    infos = [*anomalies.anomaly_info.values(), anomalies.dataset_anomaly_info]
    kinds = anomalies_pb2.AnomalyInfo.Type
    return [kinds.Name(reason.type) for info in infos for reason in info.reason]


def spelled(anomalies: anomalies_pb2.Anomalies, pair: Pair) -> str:
    """The anomalies as text, every word of them.

    TFDV counts up to 1,024 distinct values one by one; of more it lists whatever
    its sketch has kept, so there the list of values is left out.
    """
    kept = anomalies_pb2.Anomalies()
    kept.CopyFrom(anomalies)
    if len(pair.table) > COUNTED_BY_TFDV:
        for info in kept.anomaly_info.values():
            info.description = re.sub(LISTED, "", info.description)
            for reason in info.reason:
                reason.description = re.sub(LISTED, "", reason.description)
    return str(text_format.MessageToString(kept))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> list[Verdicts]:
    made = pairs(tmp_path_factory.mktemp("flights"))
    return [(pair, verdict_on_ours(pair), verdict_on_theirs(pair)) for pair in made]


def test_verdicts_on_both_statistics_are_the_same_to_the_letter(
    judged: list[Verdicts],
) -> None:
    different = [
        pair.name
        for pair, ours, theirs in judged
        if spelled(ours, pair) != spelled(theirs, pair)
    ]
    assert not different, f"{len(different)} of {len(judged)}:\n" + "\n".join(different)
    assert len(judged) >= LEAST_PAIRS


def test_most_pairs_have_anomalies_and_of_most_kinds(judged: list[Verdicts]) -> None:
    found = [reasons(theirs) for _, _, theirs in judged]
    kinds = Counter(kind for each in found for kind in each)
    assert sum(bool(each) for each in found) > 0.75 * len(judged)
    assert len(kinds) >= 30, kinds
    assert {"FLOAT_TYPE_HAS_NAN", "FLOAT_TYPE_HAS_INF"} <= set(kinds)


def test_schemas_are_inferred_and_widened_alike(judged: list[Verdicts]) -> None:
    import tensorflow_data_validation as tfdv

    for pair, anomalies, _ in judged[::9]:
        if len(pair.table) > COUNTED_BY_TFDV:
            continue
        mine, others = ours(pair), theirs(pair)
        inferred = infer_schema(mine, largest_domain=20)
        assert inferred == tfdv.infer_schema(others, max_string_domain_size=20)
        widened, found = update_schema(pair.schema, mine)
        assert widened == tfdv.update_schema(pair.schema, others), pair.name
        if not pair.environment:
            assert found == anomalies
