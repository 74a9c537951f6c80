"""Tells a secret that was written out from a name, a placeholder or a setting."""

from __future__ import annotations

import re
from typing import Any

HIDDEN = "(hidden)"

_KINDS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a Google API key": r"\bAIza[0-9A-Za-z_-]{35}",
    "a Google access token": r"\bya29\.[0-9A-Za-z_-]{20,}",
    "a GitHub token": r"\b(?:gh[pousr]_[0-9A-Za-z]{30,}|github_pat_[0-9A-Za-z_]{30,})",
    "a Slack token": r"\bxox[abposr]-[0-9A-Za-z-]{10,}",
    "a Stripe key": r"\b[rs]k_live_[0-9A-Za-z]{16,}",
    "a JSON web token": r"\beyJ[0-9A-Za-z_-]{8,}\.eyJ[0-9A-Za-z_-]{8,}",
    "an Azure storage key": r"\bAccountKey=[0-9A-Za-z+/]{40,}",
    "a bearer token": r"(?i)\bbearer\s+[0-9a-z._~+/-]{16,}",
    "a password in a URL": r"\b[a-z][a-z0-9+.-]*://[^\s/:@]*:[^\s/:@{$]+@",
}
_VALUES = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_ALONE = {"password", "passwd", "passphrase", "pwd", "secret", "token", "apikey"}
_PAIRS = {
    ("api", "key"),
    ("access", "key"),
    ("private", "key"),
    ("account", "key"),
    ("client", "secret"),
    ("webhook", "url"),
}
_NO_MATTER = {"value", "text", "string", "old", "new", "b64", "base"}
_PLACEHOLDER = re.compile(r"\{\{.*\}\}|\$\(.*\)|\$\{.*\}|<.*>|\*+")


def names_a_secret(name: str) -> bool:
    """Whether a setting of this name holds a secret, as `db_password` does."""
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and (words[-1].isdigit() or words[-1] in _NO_MATTER):
        words.pop()
    # What follows the word says that it is about a secret, as in secret_name.
    return words[-1:] != [] and (words[-1] in _ALONE or tuple(words[-2:]) in _PAIRS)


def secret_in(text: str) -> str | None:
    """What kind of secret a text holds, such as "an AWS access key"."""
    found = (kind for kind, pattern in _VALUES.items() if pattern.search(text))
    return next(found, None)


def is_secret(name: str, value: Any) -> bool:
    """Whether `value`, in a setting called `name`, is a secret written out."""
    if not isinstance(value, str) or not value.strip():
        return False
    if secret_in(value):
        return True
    return names_a_secret(name) and not _PLACEHOLDER.fullmatch(value.strip())
