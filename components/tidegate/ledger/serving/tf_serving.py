"""The ModelServerConfig of TensorFlow Serving, as text. Pure.

Requests name a version by its label: `stable` is the champion, `canary` the
version beside it. TensorFlow Serving itself splits no traffic, and gives requests
without label or version to the largest version that it has loaded, which may be
the canary.

A label that is in use can only move to a version that is loaded already. So the
champion before stays loaded: until the new one is, `stable` goes on to be the old
one, and going back finds it there. One with a larger number does not stay, for it
would get the requests without a label.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tidegate.ledger.serving.shares import served_canary

if TYPE_CHECKING:
    from tidegate.ledger.state import State

STABLE, CANARY = "stable", "canary"
_HEADER = """\
# Made from the ledger, and made again at its next event. The server reads it with
#   --model_config_file=… --model_config_file_poll_wait_seconds=10
#   --allow_version_labels_for_unavailable_models=true
"""
_NOTHING = "model_config_list {\n}\n"


def models_config(
    state: State, name: str, base_path: str, *, keep_previous: bool = True
) -> str:
    """The text of a `--model_config_file`.

    Args:
        state: What the ledger says.
        name: Name of the model in requests.
        base_path: Folder of the versions, as the server sees it.
        keep_previous: Whether the champion before stays loaded.

    Returns:
        A config without models where there is no champion.
    """
    if state.champion is None:
        return _HEADER + _NOTHING
    labels = {STABLE: state.champion}
    canary = served_canary(state)
    if canary is not None:
        labels[CANARY] = canary
    versions = {*labels.values(), *(_previous(state) if keep_previous else ())}
    lines = [
        "model_config_list {",
        "  config {",
        f"    name: {_quoted(name)}",
        f"    base_path: {_quoted(base_path)}",
        '    model_platform: "tensorflow"',
        "    model_version_policy {",
        "      specific {",
        *(f"        versions: {version}" for version in sorted(versions)),
        "      }",
        "    }",
        *(_label(label, version) for label, version in labels.items()),
        "  }",
        "}",
    ]
    return _HEADER + "\n".join(lines) + "\n"


def _previous(state: State) -> tuple[int, ...]:
    """The version that a rollback goes to, if it is older than the champion."""
    return tuple(one for one in state.former[-1:] if one < (state.champion or 0))


def _label(label: str, version: int) -> str:
    return f"    version_labels {{ key: {_quoted(label)} value: {version} }}"


def _quoted(text: str) -> str:
    # JSON and the text format of protocol buffers quote alike.
    return json.dumps(text, ensure_ascii=False)
