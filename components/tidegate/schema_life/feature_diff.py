"""What changed in the rules of one column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from google.protobuf.message import Message
from tensorflow_metadata.proto.v0 import schema_pb2

from tidegate.report.wording import counted, percent, printable
from tidegate.schema_life.changes import Change, Effect

_SHOWN = 6
_NUMBERS = ("int_domain", "float_domain")
_PII = "pii"
# Fields that are compared one by one; whatever is left is compared as a whole.
_KNOWN = (
    *("name", "type", "presence", "value_count", "shape", "domain", "string_domain"),
    *("int_domain", "float_domain", "in_environment", "not_in_environment"),
    *("distribution_constraints", "lifecycle_stage", "deprecated", "annotation"),
    *("skew_comparator", "drift_comparator"),
)


@dataclass(frozen=True, eq=False)
class Feature:
    """A column of a schema, with the values that its domain has.

    Attributes:
        proto: The column's rules.
        values: The allowed texts, sorted; None where all are.
        hidden: Whether its values are not told, whatever the schema says.
    """

    proto: schema_pb2.Feature
    values: tuple[str, ...] | None = None
    hidden: bool = False

    @classmethod
    def of(
        cls,
        proto: schema_pb2.Feature,
        domains: Mapping[str, schema_pb2.StringDomain],
        *,
        hidden: bool = False,
    ) -> Feature:
        """The column, its domain looked up."""
        if proto.HasField("string_domain"):
            return cls(proto, tuple(sorted(proto.string_domain.value)), hidden)
        if proto.HasField("domain") and proto.domain in domains:
            return cls(proto, tuple(sorted(domains[proto.domain].value)), hidden)
        return cls(proto, hidden=hidden)

    @property
    def type(self) -> str:
        """BYTES, INT, FLOAT or STRUCT."""
        return str(schema_pb2.FeatureType.Name(self.proto.type))

    @property
    def share(self) -> float:
        """The share of rows that must have a value."""
        presence = self.proto.presence
        return 1.0 if self.proto.HasField("shape") else float(presence.min_fraction)

    @property
    def is_demanded(self) -> bool:
        """Whether data without the column are refused."""
        return self.share > 0 or self.proto.presence.min_count > 0

    @property
    def range(self) -> tuple[float | None, float | None] | None:
        """Limits of the numbers; None without a range."""
        for name in _NUMBERS:
            if self.proto.HasField(name):
                domain = getattr(self.proto, name)
                return tuple(  # type: ignore[return-value]
                    getattr(domain, key) if domain.HasField(key) else None
                    for key in ("min", "max")
                )
        return None

    @property
    def is_private(self) -> bool:
        """Whether its values are never shown."""
        return any(tag.casefold() == _PII for tag in self.proto.annotation.tag)

    @property
    def mass(self) -> float:
        """The share of values that must be in the domain."""
        if not self.proto.HasField("distribution_constraints"):
            return 1.0
        return float(self.proto.distribution_constraints.min_domain_mass)


def described(feature: Feature) -> str:
    """A column in a few words: its type, and whether it is demanded."""
    return f"{feature.type}, {'required' if feature.is_demanded else 'optional'}"


def feature_changes(name: str, old: Feature, new: Feature) -> Iterator[Change]:
    """What changed in the rules of one column, one change a rule."""
    for rule in _RULES:
        for what, effect, reason in rule(old, new):
            yield Change(name, what, effect, reason)


_Found = Iterator[tuple[str, Effect, str]]


def _type(old: Feature, new: Feature) -> _Found:
    if old.type != new.type:
        reason = "data of the old type are refused, and consumers get another one"
        yield f"type {old.type} → {new.type}", Effect.BREAKING, reason


def _presence(old: Feature, new: Feature) -> _Found:
    before, after = old.share, new.share
    what = f"present in at least {percent(before, 1)} → {percent(after, 1)} of rows"
    if after > before:
        if after >= 1:
            yield what, Effect.BREAKING, "a row without a value is refused now"
        else:
            yield what, Effect.TIGHTER, "fewer values may be missing"
    elif after < before:
        yield what, Effect.LOOSER, "more values may be missing"
    elif old.is_demanded != new.is_demanded:
        if new.is_demanded:
            reason = "deliveries without the column are refused now"
            yield "required now", Effect.BREAKING, reason
        else:
            yield "optional now", Effect.LOOSER, "deliveries may lack the column"


def _shape(old: Feature, new: Feature) -> _Found:
    before, after = _lengths(old.proto), _lengths(new.proto)
    dense = old.proto.HasField("shape"), new.proto.HasField("shape")
    if dense[0] != dense[1] or (all(dense) and old.proto.shape != new.proto.shape):
        what = f"values in a row: {_told(before, dense[0])} → {_told(after, dense[1])}"
        reason = "consumers read it as another kind of tensor"
        yield what, Effect.BREAKING, reason
        return
    if before == after:
        return
    what = f"values in a row: {_told(before)} → {_told(after)}"
    if after[0] > before[0] or after[1] < before[1]:
        yield what, Effect.BREAKING, "rows with other numbers of values are refused"
    else:
        yield what, Effect.LOOSER, "rows may have other numbers of values too"


def _range(old: Feature, new: Feature) -> _Found:
    before, after = old.range or (None, None), new.range or (None, None)
    for place, key in enumerate(("low", "high")):
        one, other = before[place], after[place]
        if one == other:
            continue
        shown = _are_shown(old, new)
        what = f"{key} {_number(one)} → {_number(other)}" if shown else f"{key} changed"
        wider = other is None or (
            one is not None and (other < one if key == "low" else other > one)
        )
        if wider:
            yield what, Effect.LOOSER, "more numbers are allowed"
        else:
            yield what, Effect.BREAKING, "numbers beyond it are refused now"


def _values(old: Feature, new: Feature) -> _Found:
    before, after = old.values, new.values
    if before == after:
        return
    if after is None:
        yield "every text allowed", Effect.LOOSER, "there was a list of them"
        return
    strict = new.mass >= 1
    refusing = Effect.BREAKING if strict else Effect.TIGHTER
    why = (
        "rows with another value are refused now"
        if strict
        else f"all but {percent(1 - new.mass, 1)} of the values must be in the list"
    )
    if before is None:
        yield f"only {counted(len(after), 'values')} allowed", refusing, why
        return
    shown = _are_shown(old, new)
    gone, come = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    if gone:
        yield f"values removed: {_listed(gone, shown)}", refusing, why
    if come:
        reason = "rows with them pass; consumers may not know them"
        yield f"values added: {_listed(come, shown)}", Effect.LOOSER, reason


def _mass(old: Feature, new: Feature) -> _Found:
    before, after = old.mass, new.mass
    if before == after or old.values is None or new.values is None:
        return
    what = f"values in the list: at least {percent(before, 1)} → {percent(after, 1)}"
    if after < before:
        yield what, Effect.LOOSER, "more of the values may be others"
    elif after >= 1:
        yield what, Effect.BREAKING, "every row with another value is refused now"
    else:
        yield what, Effect.TIGHTER, "fewer of the values may be others"


def _environment(old: Feature, new: Feature) -> _Found:
    before, after = set(old.proto.not_in_environment), set(new.proto.not_in_environment)
    for name in sorted(after - before):
        reason = f"consumers in {printable(name)} lose the column"
        yield f"not in {printable(name)} any more", Effect.BREAKING, reason
    for name in sorted(before - after):
        reason = f"data in {printable(name)} without it are refused now"
        yield f"in {printable(name)} now", Effect.BREAKING, reason
    one, other = set(old.proto.in_environment), set(new.proto.in_environment)
    if one != other:
        what = f"only in {_names(one)} → only in {_names(other)}"
        reason = "consumers lose the column, or data without it are refused"
        yield what, Effect.BREAKING, reason


def _stage(old: Feature, new: Feature) -> _Found:
    before, after = _validated(old.proto), _validated(new.proto)
    if before and not after:
        reason = "data may lack it, and consumers do not get it any more"
        yield "not in use any more", Effect.BREAKING, reason
    elif after and not before:
        effect = Effect.BREAKING if new.is_demanded else Effect.TIGHTER
        yield "in use now", effect, "nothing was demanded of it before"


def _privacy(old: Feature, new: Feature) -> _Found:
    if old.is_private != new.is_private:
        if new.is_private:
            yield "private now", Effect.NEUTRAL, "no report shows its values"
        else:
            yield "not private any more", Effect.NEUTRAL, "reports show its values"


def _comparators(old: Feature, new: Feature) -> _Found:
    for key in ("skew_comparator", "drift_comparator"):
        before, after = getattr(old.proto, key), getattr(new.proto, key)
        if before == after:
            continue
        one, other = _threshold(before), _threshold(after)
        what = f"{key.split('_')[0]} at most {_number(one)} → {_number(other)}"
        if other is None or (one is not None and other > one):
            yield what, Effect.LOOSER, "more change is allowed"
        else:
            yield what, Effect.TIGHTER, "less change is allowed"


def _others(old: Feature, new: Feature) -> _Found:
    before, after = schema_pb2.Feature(), schema_pb2.Feature()
    before.CopyFrom(old.proto)
    after.CopyFrom(new.proto)
    for one in (before, after):
        for name in _KNOWN:
            one.ClearField(name)
    if before == after:
        return
    names = sorted(
        {field.name for one in (before, after) for field, _ in one.ListFields()}
    )
    changed = [name for name in names if _get(before, name) != _get(after, name)]
    yield (
        f"{', '.join(changed or names)} changed",
        Effect.TIGHTER,
        "a delivery may be refused that passed before",
    )


_RULES: tuple[Callable[[Feature, Feature], _Found], ...] = (
    *(_type, _presence, _shape, _range, _values, _mass),
    *(_environment, _stage, _privacy, _comparators, _others),
)


def _get(message: Message, name: str) -> object:
    return getattr(message, name)


def _lengths(proto: schema_pb2.Feature) -> tuple[int, float]:
    count = proto.value_count
    return int(count.min), float(count.max) if count.HasField("max") else float("inf")


def _told(lengths: tuple[int, float], dense: bool = False) -> str:
    if dense:
        return "fixed"
    low, high = lengths
    most = "any number" if high == float("inf") else f"at most {high:.0f}"
    return most if low <= 0 else f"at least {low}, {most}"


def _are_shown(*features: Feature) -> bool:
    """Whether values of the column may be told."""
    return not any(one.is_private or one.hidden for one in features)


def _threshold(message: Message) -> float | None:
    for _, inner in message.ListFields():
        return float(inner.threshold)
    return None


def _validated(proto: schema_pb2.Feature) -> bool:
    stage = schema_pb2.LifecycleStage
    unchecked = (stage.DEPRECATED, stage.PLANNED, stage.ALPHA, stage.DEBUG_ONLY)
    return not proto.deprecated and proto.lifecycle_stage not in unchecked


def _number(value: float | None) -> str:
    if value is None:
        return "any"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def _names(names: set[str]) -> str:
    return ", ".join(map(printable, sorted(names))) or "none"


def _listed(values: list[str], shown: bool) -> str:
    if not shown:
        return counted(len(values), "values")
    more = len(values) - _SHOWN
    told = ", ".join(printable(value, 30) for value in values[:_SHOWN])
    return told + (f" and {more:,} more" if more > 0 else "")
