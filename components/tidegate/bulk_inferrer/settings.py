"""What a BulkInferrer was asked for: checked, and on its way to the work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tidegate.bulk_inferrer import keys
from tidegate.errors import TidegateError, UsageError, raise_all
from tidegate.saved_model.allowing import ALLOW_OPS, allowed_property

OWN_COLUMNS = (keys.SPLIT, keys.MODEL_VERSION)


@dataclass(frozen=True)
class Settings:
    """The arguments of a BulkInferrer.

    Attributes:
        key: Columns that name a row.
        splits: Splits to predict for; None means all.
        signature: Signature of the model.
        output_columns: Outputs to write, with the names of their columns if it is
            a mapping; None writes all.
        pass_through: Columns to copy.
        engine: "columnar" or "beam".
        allow_ops: Operations that the model may have, each with the reason.
    """

    key: Sequence[str]
    splits: Sequence[str] | None = None
    signature: str = "serving_default"
    output_columns: Sequence[str] | Mapping[str, str] | None = None
    pass_through: Sequence[str] = ()
    engine: str = keys.COLUMNAR
    allow_ops: Mapping[str, str] = field(default_factory=dict)

    def as_properties(self, data_spec: Any = None) -> dict[str, str]:
        """The execution properties.

        Args:
            data_spec: A stock `DataSpec` whose splits count; None has none.
        """
        splits = self.splits
        if data_spec is not None:
            splits = list(data_spec.example_splits) or None
        return {
            keys.KEY: json.dumps(list(self.key)),
            keys.SPLITS: json.dumps(None if splits is None else list(splits)),
            keys.SIGNATURE: self.signature,
            keys.OUTPUT_COLUMNS: json.dumps(_named(self.output_columns)),
            keys.PASS_THROUGH: json.dumps(list(self.pass_through)),
            keys.ENGINE: self.engine,
            **allowed_property(self.allow_ops, "BulkInferrer"),
        }

    @classmethod
    def of_properties(cls, properties: Mapping[str, Any]) -> Settings:
        """The settings in execution properties."""
        return cls(
            key=tuple(json.loads(properties[keys.KEY])),
            splits=json.loads(properties.get(keys.SPLITS) or "null"),
            signature=properties[keys.SIGNATURE],
            output_columns=json.loads(properties.get(keys.OUTPUT_COLUMNS) or "null"),
            pass_through=tuple(json.loads(properties.get(keys.PASS_THROUGH) or "[]")),
            engine=properties.get(keys.ENGINE) or keys.COLUMNAR,
            allow_ops=json.loads(properties.get(ALLOW_OPS) or "{}"),
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the examples that are written, the key first."""
        return (*self.key, *self.pass_through)

    def outputs(self, there: Sequence[str]) -> dict[str, str]:
        """Outputs to write and the names of their columns.

        Args:
            there: Outputs of the signature.

        Raises:
            UsageError: One is not there, or two columns would have one name.
        """
        named = _named(self.output_columns)
        chosen = {name: name for name in there} if named is None else named
        errors = [_no_output(name, there) for name in chosen if name not in there]
        raise_all("the outputs of the model", errors)
        taken = [*self.columns, *OWN_COLUMNS, *chosen.values()]
        errors = [_taken(name) for name in dict.fromkeys(_repeated(taken))]
        raise_all("the columns of the predictions", errors)
        return chosen


def demand_sound(settings: Settings, *, has_model: bool, data_spec: Any) -> None:
    """Raises what is wrong with the arguments, all of it at once.

    Raises:
        UsageError: One thing is wrong.
        Problems: Several are.
    """
    errors: list[TidegateError] = []
    if not has_model:
        errors.append(
            _refused("model", "a model of a Trainer or a Champion", "none", "give it")
        )
    if settings.engine not in (keys.COLUMNAR, keys.BEAM):
        errors.append(
            _refused(
                "engine",
                '"columnar" or "beam"',
                repr(settings.engine),
                'leave it out, or engine="beam" for data beyond one machine',
            )
        )
    if data_spec is not None and settings.splits is not None:
        errors.append(
            _refused("data_spec", "it or splits", "both", "leave one of them out")
        )
    for name, given in _lists(settings).items():
        errors += _wrong_list(name, given)
    if not errors and not settings.key:
        errors.append(
            _refused(
                "key",
                "the columns that name a row",
                "none",
                'key=["id"], so that each prediction can be found again',
            )
        )
    if not errors:
        twice = _repeated([*settings.columns, *OWN_COLUMNS])
        errors = [_taken(name) for name in dict.fromkeys(twice)]
    raise_all("the arguments of the BulkInferrer", errors)


def _lists(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = {"key": settings.key, "pass_through": settings.pass_through}
    if settings.splits is not None:
        found["splits"] = settings.splits
    if settings.output_columns is not None:
        named = settings.output_columns
        held = [*named, *named.values()] if isinstance(named, Mapping) else named
        found["output_columns"] = held
    return found


def _wrong_list(name: str, given: Any) -> list[TidegateError]:
    texts = isinstance(given, Sequence) and not isinstance(given, (str, bytes))
    if texts and all(isinstance(one, str) and one for one in given):
        return []
    return [_refused(name, "a list of names", repr(given)[:100], f'{name}=["…"]')]


def _named(columns: Sequence[str] | Mapping[str, str] | None) -> dict[str, str] | None:
    if columns is None:
        return None
    if isinstance(columns, Mapping):
        return dict(columns)
    return {name: name for name in columns}


def _repeated(names: Sequence[str]) -> list[str]:
    return [name for place, name in enumerate(names) if name in names[:place]]


def _refused(argument: str, expected: str, got: str, fix: str) -> UsageError:
    return UsageError(
        "the predictions cannot be made like this",
        where=f"BulkInferrer({argument}=…)",
        expected=expected,
        got=got,
        fix=fix,
    )


def _no_output(name: str, there: Sequence[str]) -> UsageError:
    return UsageError(
        f"the model has no output {name!r}",
        where="BulkInferrer(output_columns=…)",
        expected="one of " + ", ".join(there),
        got=name,
        fix="name outputs of the signature, or leave output_columns out for all",
    )


def _taken(name: str) -> UsageError:
    return UsageError(
        f"two columns of the predictions would be called {name!r}",
        where="BulkInferrer(key=…, pass_through=…, output_columns=…)",
        expected=f"each name once; {' and '.join(OWN_COLUMNS)} are the component's own",
        got=f"{name!r} twice",
        fix=f'name the column of an output: output_columns={{"{name}": "predicted"}}',
    )
