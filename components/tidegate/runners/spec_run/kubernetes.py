"""A task's settings for Kubernetes, as far as they mean something on this machine.

Secrets and config maps that become variables are taken from variables of the same
name here; volumes must be folders that are here. Resources, node selectors,
tolerations and the like are for a cluster's scheduler and are passed over.
(driver/k8s.go:extendPodSpecPatch; kubernetes_executor_config.proto.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tidegate.errors import UsageError

_VOLUMES = (
    "secretAsVolume",
    "configMapAsVolume",
    "pvcMount",
    "emptyDirMounts",
    "genericEphemeralVolume",
)
# For a cluster's scheduler; what runs is the same without.
IGNORED = frozenset(
    {
        "nodeSelector",
        "tolerations",
        "nodeAffinity",
        "podAffinity",
        "podMetadata",
        "imagePullSecret",
        "imagePullPolicy",
        "enabledSharedMemory",
        "securityContext",
    }
)
_NEEDED = ("fieldPathAsEnv", "initContainers")


def kubernetes_problems(
    path: str, config: Mapping[str, Any], environment: Mapping[str, str]
) -> Iterator[UsageError]:
    """What a task needs of a cluster and does not find here."""
    for source, key, variable, optional in _variables(config):
        if variable not in environment and not optional:
            # Told once, not once a task: most of them need the same ones.
            yield UsageError(
                f"the variable {variable}, from {source}, key {key}, is not here",
                fix=f"set {variable} in the environment of this command",
            )
    for field in _VOLUMES:
        for volume in config.get(field, ()):
            place = str(volume.get("mountPath", ""))
            if not volume.get("optional") and not Path(place).is_dir():
                yield UsageError(
                    f"{field} mounts {place}, where there is no folder here",
                    where=path,
                    fix="make the folder, or run on a cluster",
                )
    for field in _NEEDED:
        if config.get(field):
            yield UsageError(
                f"{field}: the backend runs it, run-spec does not",
                where=path,
                fix="run it on a cluster",
            )


def variables_of(
    config: Mapping[str, Any], environment: Mapping[str, str]
) -> dict[str, str]:
    """The variables that a task gets from secrets and config maps."""
    return {
        variable: environment[variable]
        for _, _, variable, _ in _variables(config)
        if variable in environment
    }


def deadline_of(config: Mapping[str, Any]) -> float | None:
    """Seconds after which the task's pod is ended, None for no limit."""
    seconds = float(config.get("activeDeadlineSeconds", 0) or 0)
    return seconds if seconds > 0 else None


def volume_claims(config: Mapping[str, Any]) -> list[str]:
    """Names of the volume claims that a task mounts; a part of its cache key."""
    return [
        str(volume.get("constant") or volume.get("componentInputParameter") or volume)
        for volume in config.get("pvcMount", ())
    ]


def _variables(config: Mapping[str, Any]) -> Iterator[tuple[str, str, str, bool]]:
    for field, key_field, what in (
        ("secretAsEnv", "secretKey", "secret"),
        ("configMapAsEnv", "configMapKey", "config map"),
    ):
        for source in config.get(field, ()):
            parameter = source.get("secretNameParameter") or source.get(
                "configMapNameParameter", {}
            )
            name = (
                source.get("secretName")
                or source.get("configMapName")
                or parameter.get("runtimeValue", {}).get("constant")
                or "(by a parameter)"
            )
            for pair in source.get("keyToEnv", ()):
                yield (
                    f"the {what} {name}",
                    str(pair.get(key_field, "")),
                    str(pair.get("envVar", "")),
                    bool(source.get("optional")),
                )
