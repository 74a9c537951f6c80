"""A trigger file, as `gcloud builds triggers import` takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.document import ROOT, line_of, read_document, shown
from cloudbuild.faults import Fault
from cloudbuild.messages import Filler, new_trigger
from tidegate.documents import Document, Key

# What the API has and the published message (google-cloud-build 3.35) has not:
# https://cloud.google.com/build/docs/api/reference/rest/v1/projects.locations.triggers
# A mapping names the fields within and their types; a type is the value's own.
BEYOND_THE_MESSAGE: dict[str, Any] = {
    "approvalConfig": {"approvalRequired": bool},
    "includeBuildLogs": str,
    "eventType": str,
    "developerConnectEventConfig": dict,
    "bitbucketServerTriggerConfig": dict,
    "gitlabEnterpriseEventsConfig": dict,
}
OTHER_EVENTS = (
    "pubsubConfig",
    "webhookConfig",
    "developerConnectEventConfig",
    "bitbucketServerTriggerConfig",
    "gitlabEnterpriseEventsConfig",
)
_WORDS = {bool: "true or false", str: "text", dict: "a mapping"}


@dataclass(frozen=True)
class TriggerFile:
    """A trigger as a file has it.

    Attributes:
        path: The file.
        name: The file, as faults name it.
        document: Its text as values, with lines.
        trigger: The `google.devtools.cloudbuild.v1.BuildTrigger` message in it.
        beyond: The fields that the API has and the message has not.
    """

    path: Path
    name: str
    document: Document
    trigger: Any
    beyond: Mapping[str, Any]

    def line(self, path: Key = ()) -> int:
        """Line of a key or item, such as `("github", "push", "branch")`."""
        return line_of(self.document, path)

    def fault(self, path: Key, message: str, fix: str) -> Fault:
        """A fault at the line of `path`; the rule's name comes with its report."""
        return Fault(self.name, self.line(path), message, fix)

    @property
    def events(self) -> dict[str, Key]:
        """What starts the build, each with its place in the file.

        Keys are "branch", "tag", "pull request" and "other".
        """
        found: dict[str, Key] = {}
        for field in ("github", "repository_event_config"):
            if not self.trigger.HasField(field):
                continue
            config, at = getattr(self.trigger, field), (_camel(field),)
            if config.HasField("pull_request"):
                found["pull request"] = (*at, "pullRequest")
            if config.HasField("push"):
                kind = config.push.WhichOneof("git_ref") or "branch"
                found[kind] = (*at, "push", kind)
        if self.trigger.HasField("trigger_template"):
            kind = self.trigger.trigger_template.WhichOneof("revision") or "branch_name"
            at = ("triggerTemplate",)
            found["tag" if kind == "tag_name" else "branch"] = (*at, _camel(kind))
        other = [field for field in OTHER_EVENTS if field in self.document.data]
        return {**found, "other": (other[0],)} if other else found

    @property
    def pattern_path(self) -> Key:
        """Where the branches or tags stand that start the build."""
        path = next(iter(self.events.values()), ())
        return (*path, "branch") if path[-1:] == ("pullRequest",) else path

    @property
    def pattern(self) -> str | None:
        """The branches or tags that start the build; None where that is no text."""
        value: Any = self.document.data
        for key in self.pattern_path:
            value = value.get(str(key), "") if isinstance(value, dict) else None
        return value if isinstance(value, str) else None


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def examine_trigger(
    path: Path, root: Path = ROOT
) -> tuple[TriggerFile | None, list[Fault]]:
    """The trigger in a file, and what the API would refuse of its fields."""
    document, unread = read_document(path, root)
    if document is None:
        return None, list(unread)
    name, trigger = shown(path, root), new_trigger()
    data = document.data
    beyond = {key: data[key] for key in BEYOND_THE_MESSAGE if key in data}
    within = {key: value for key, value in data.items() if key not in beyond}
    faults = list(Filler(document, name).fill(trigger, within))
    found = TriggerFile(path, name, document, trigger, beyond)
    for key, value in beyond.items():
        faults += _refused(found, (key,), value, BEYOND_THE_MESSAGE[key])
    return found, faults


def _refused(file: TriggerFile, at: Key, value: Any, wanted: Any) -> list[Fault]:
    """What the API's reference does not allow of a field beyond the message."""
    if isinstance(wanted, type):
        if isinstance(value, wanted):
            return []
        words = f"{at[-1]} must be {_WORDS[wanted]}"
        return [_schema(file, at, words, f"write {_WORDS[wanted]}")]
    if not isinstance(value, dict):
        return [_schema(file, at, f"{at[-1]} must be a mapping", "write its fields")]
    faults: list[Fault] = []
    for key, inner in value.items():
        if key not in wanted:
            words = f"{at[-1]} has no field {key!r}"
            faults.append(
                _schema(file, (*at, key), words, f"write {', '.join(wanted)}")
            )
        else:
            faults += _refused(file, (*at, key), inner, wanted[key])
    return faults


def _schema(file: TriggerFile, at: Key, message: str, fix: str) -> Fault:
    return Fault(file.name, file.line(at), message, fix, "schema")
