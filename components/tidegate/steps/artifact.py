"""An artifact with the part of TFX's interface that executors use.

TFX's own class needs half of TFX to be imported, which takes seconds. This one
keeps each property with its kind, so that nothing changes on its way through a
system that has strings and numbers only.
"""

from __future__ import annotations

import copy
from typing import Any, NamedTuple

from tidegate.runners.kubeflow.invocation import ArtifactType, PropertyKind

JsonValue = Any

# What TFX gives for a property that is not set.
_UNSET: dict[str, Any] = {
    "int": 0,
    "double": 0.0,
    "string": "",
    "bool": False,
    "json": None,
}
_ACCEPTED: dict[str, Any] = {
    "int": (int,),
    "double": (float,),
    "string": (str,),
    "bool": (bool,),
    "json": (dict, list, str, float, int, type(None)),
}


class Typed(NamedTuple):
    """A value and its kind. Kind "proto" is kept as it is, and never looked at."""

    kind: str
    value: Any


class Artifact:
    """Files at a place, with properties.

    Declared properties are attributes, such as `split_names`; all others are
    custom properties, set and got by kind.

    Attributes:
        uri: Where the files are for who reads or writes them here.
        shown_uri: Where people find them; the same unless these are a copy.
        id: Number of the artifact where it is recorded; 0 if it is not yet.
    """

    def __init__(
        self,
        kind: ArtifactType,
        uri: str = "",
        *,
        shown_uri: str | None = None,
        id: int = 0,
    ) -> None:
        known = self.__dict__
        known["_kind"] = kind
        known["_properties"] = {}
        known["_custom"] = {}
        known["uri"] = uri
        known["shown_uri"] = uri if shown_uri is None else shown_uri
        known["id"] = id

    @property
    def type_name(self) -> str:
        """TFX's name of the type."""
        return str(self._kind.name)

    @property
    def properties(self) -> dict[str, Typed]:
        """Declared properties that are set, with their kinds."""
        return {
            name: Typed(self._kind.properties[name], value)
            for name, value in self._properties.items()
        }

    @property
    def custom_properties(self) -> dict[str, Typed]:
        """Custom properties with their kinds."""
        return dict(self._custom)

    def __getattr__(self, name: str) -> Any:
        kinds = {} if name.startswith("_") else self._kind.properties
        if name not in kinds:
            raise AttributeError(f"the artifact has no property {name!r}")
        return self._properties.get(name, _UNSET[kinds[name]])

    def __setattr__(self, name: str, value: Any) -> None:
        kind = self._kind.properties.get(name)
        if kind is not None:
            self._properties[name] = _checked(name, kind, value)
        elif name in self.__dict__ and not name.startswith("_"):
            self.__dict__[name] = value
        else:
            raise AttributeError(f"the artifact has no property {name!r}")

    def __deepcopy__(self, memo: dict[int, Any]) -> Artifact:
        made = Artifact(self._kind, self.uri, shown_uri=self.shown_uri, id=self.id)
        made._properties.update(copy.deepcopy(self._properties, memo))
        made._custom.update(copy.deepcopy(self._custom, memo))
        return made

    def __repr__(self) -> str:
        custom = {name: one.value for name, one in self._custom.items()}
        return f"{self.type_name}({self.uri!r}, {self._properties!r}, {custom!r})"

    def has_property(self, key: str) -> bool:
        """Whether a declared property is set."""
        return key in self._properties

    def has_custom_property(self, key: str) -> bool:
        """Whether there is such a custom property, of whatever kind."""
        return key in self._custom

    def set_custom(self, key: str, typed: Typed) -> None:
        """Sets a custom property together with its kind."""
        self._custom[key] = typed

    def set_string_custom_property(self, key: str, value: str) -> None:
        """Sets a custom property that is text."""
        self._custom[key] = Typed("string", _checked(key, "string", value))

    def set_int_custom_property(self, key: str, value: int) -> None:
        """Sets a custom property that is a whole number."""
        self._custom[key] = Typed("int", int(value))

    def set_float_custom_property(self, key: str, value: float) -> None:
        """Sets a custom property that is a number."""
        self._custom[key] = Typed("double", float(value))

    def set_bool_custom_property(self, key: str, value: bool) -> None:
        """Sets a custom property that is true or false."""
        self._custom[key] = Typed("bool", bool(value))

    def set_json_value_custom_property(self, key: str, value: JsonValue) -> None:
        """Sets a custom property that is JSON; None takes it away."""
        if value is None:
            self._custom.pop(key, None)
        else:
            self._custom[key] = Typed("json", _checked(key, "json", value))

    def get_string_custom_property(self, key: str) -> str:
        """The text; empty if there is none."""
        return str(self._of_kind(key, "string", str, ""))

    def get_int_custom_property(self, key: str) -> int:
        """The whole number; 0 if there is none."""
        return int(self._of_kind(key, "int", float, 0))

    def get_float_custom_property(self, key: str) -> float:
        """The number; 0 if there is none."""
        return float(self._of_kind(key, "double", float, 0.0))

    def get_bool_custom_property(self, key: str) -> bool:
        """Whether it is true; False if there is none."""
        return bool(self._of_kind(key, "bool", bool, False))

    def get_json_value_custom_property(self, key: str) -> JsonValue:
        """The JSON value; None if there is none."""
        found = self._custom.get(key)
        return found.value if found is not None and found.kind == "json" else None

    def get_custom_property(self, key: str) -> Any:
        """The value of whatever kind; None if there is none."""
        found = self._custom.get(key)
        return None if found is None else found.value

    def _of_kind(self, key: str, kind: str, as_json: type, unset: Any) -> Any:
        """The value if it is of the kind, or JSON that stands for it."""
        found = self._custom.get(key)
        if found is None:
            return unset
        if found.kind == kind:
            return found.value
        same = found.kind == "json" and type(found.value) is as_json
        return found.value if same else unset


def _checked(name: str, kind: PropertyKind, value: Any) -> Any:
    if not isinstance(value, _ACCEPTED[kind]):
        raise ValueError(f"expected {kind} for property {name!r}, got {value!r}")
    return int(value) if kind == "int" else value
