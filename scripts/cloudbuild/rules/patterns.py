"""What a pattern of branches or tags lets start a build."""

from __future__ import annotations

import re

# Names that nobody gives a release or a main branch.
_ANY_NAMES = ("zq", "zq-7f3", "Zq_9.x", "7f3", "feature/zq")
# https://github.com/google/re2/wiki/Syntax, "ASCII character classes"
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}
_GOOD = {"branch": "^main$", "tag": r"^v[0-9]+\.[0-9]+\.[0-9]+$"}


def wrong_pattern(
    pattern: str, kind: str, inverted: bool = False, any_name: bool = False
) -> tuple[str, str] | None:
    """What is wrong with a pattern and how to mend it; None where it is right.

    Args:
        pattern: The regular expression.
        kind: "branch" or "tag".
        inverted: Whether what does not match starts the build.
        any_name: Whether every name may match: the base of a pull request, whose
            build may do nothing.
    """
    good = _GOOD[kind]
    try:
        known = re.compile(_known(pattern))
    except re.error as error:
        return f"{pattern!r} is no regular expression: {error}", "mend it"
    if inverted:
        return f"any other {kind} than {pattern!r} starts a build", (
            f"name the {kind} that may: {good}, not inverted"
        )
    if not any_name and any(known.search(name) for name in _ANY_NAMES):
        return f"the pattern {pattern!r} lets any {kind} build with these rights", (
            f"write {good}"
        )
    if not _is_tied(pattern):
        return f"the pattern {pattern!r} is looked for anywhere in a name", (
            f"write {_tied(pattern)}"
        )
    return None


def _known(pattern: str) -> str:
    """A pattern of RE2 in Python's words: RE2 has `[[:digit:]]`."""
    return re.sub(r"\[:(\w+):\]", lambda one: _CLASSES.get(one[1], one[0]), pattern)


def _is_tied(pattern: str) -> bool:
    """Whether `^` and `$` hold the whole of a pattern, not one of its branches."""
    ends = pattern.startswith("^") and re.search(r"(?<!\\)(\\\\)*\$$", pattern)
    return bool(ends) and not _has_branches(pattern)


def _has_branches(pattern: str) -> bool:
    """Whether a `|` stands outside of all brackets."""
    plain = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", _known(pattern))
    while (shorter := re.sub(r"\([^()]*\)", "", plain)) != plain:
        plain = shorter
    return "|" in plain


def _tied(pattern: str) -> str:
    bare = re.sub(r"(?<!\\)\$$", "", pattern.removeprefix("^"))
    if _has_branches(pattern):
        words = [re.sub(r"^\^|(?<!\\)\$$", "", one) for one in bare.split("|")]
        return f"^({'|'.join(words)})$"
    return f"^{bare or 'main'}$"
