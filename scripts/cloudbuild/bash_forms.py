"""What bash does to a value in braces: `${V:-d}`, `${V#p}`, `${V/a/b}`, `${V:1}`.

The forms are those of Bash's manual, "Shell Parameter Expansion", that Cloud
Build documents. The tests run bash itself on the same values.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SLICE = re.compile(r":\s*(-?[0-9]+|\(-?[0-9]+\))\s*(?::\s*(-?[0-9]+)\s*)?")
_CASES: dict[str, Callable[[str], str]] = {
    "^": lambda value: _upper(value[:1]) + value[1:],
    "^^": lambda value: _upper(value),
    ",": lambda value: _lower(value[:1]) + value[1:],
    ",,": lambda value: _lower(value),
}


class FormError(ValueError):
    """A form in braces that is not known, or asks for the impossible."""


def closing_brace(text: str, start: int) -> int | None:
    """Where the brace ends that was opened before `start`; None where it does not."""
    depth, at = 1, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text.startswith("${", at):
            depth, at = depth + 1, at + 1
        elif text[at] == "}":
            depth -= 1
            if not depth:
                return at
        at += 1
    return None


def apply_form(value: str, form: str, expand: Callable[[str], str]) -> str:
    """The value after what stands behind its name in braces.

    Args:
        value: The value of the name; empty where it has none.
        form: What stands between the name and the closing brace.
        expand: Makes the substitutions within the form.

    Raises:
        FormError: It is none of the forms that Cloud Build documents.
    """
    if not form:
        return value
    if form.startswith(":-"):
        return value or expand(_unquoted(form[2:]))
    if form in _CASES:
        return _CASES[form](value)
    if form[0] in "#%":
        long = form[:2] == form[0] * 2
        return _cut(value, form[0], long, expand(form[1 + long :]))
    if form[0] == "/":
        return _replaced(value, form, expand)
    if match := _SLICE.fullmatch(form):
        return _slice(value, int(match[1].strip("()")), match[2])
    raise FormError(f"{form!r} is no form that Cloud Build documents")


def _cut(value: str, side: str, long: bool, pattern: str) -> str:
    """The value without what the pattern matches at its start or end."""
    glob = glob_regex(pattern)
    lengths = range(len(value) + 1)
    for length in reversed(lengths) if long else lengths:
        rest = len(value) - length
        if side == "#" and glob.fullmatch(value, 0, length):
            return value[length:]
        if side == "%" and glob.fullmatch(value, rest):
            return value[:rest]
    return value


def _replaced(value: str, form: str, expand: Callable[[str], str]) -> str:
    """The value with the first match, or with `//` all matches, replaced."""
    every = form.startswith("//")
    pattern, new = _halves(form[1 + every :])
    if pattern[:1] in ("#", "%"):
        raise FormError("a pattern that begins with # or % means its start or end")
    if not pattern:
        return value
    glob, new = glob_regex(expand(pattern)), expand(_unquoted(new))
    if not value:
        # Bash replaces the empty text by what matches it.
        return new if glob.fullmatch("") else ""
    made, at = "", 0
    while match := _next_match(glob, value, at):
        made += value[at : match.start()] + new
        at = match.end()
        if not every:
            break
    return made + value[at:]


def _next_match(glob: re.Pattern[str], value: str, at: int) -> re.Match[str] | None:
    """The first match from `at` on that is not empty."""
    return next((m for m in glob.finditer(value, at) if m.end() > m.start()), None)


def _halves(text: str) -> tuple[str, str]:
    """Pattern and replacement: cut at the first `/` that is nobody else's."""
    at = 0
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text.startswith("${", at):
            at = closing_brace(text, at + 2) or len(text)
        elif text[at] == "/":
            return text[:at], text[at + 1 :]
        at += 1
    return text, ""


def _slice(value: str, offset: int, length: str | None) -> str:
    """The part from `offset` on; what is negative counts from the end."""
    size = len(value)
    start = offset + size if offset < 0 else offset
    if not 0 <= start <= size:
        return ""
    if length is None:
        return value[start:]
    end = start + int(length) if int(length) >= 0 else size + int(length)
    if end < start:
        raise FormError("the part would end before it begins")
    return value[start:end]


def glob_regex(pattern: str) -> re.Pattern[str]:
    """A shell's pattern as a regular expression."""
    made, at = "", 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            made += re.escape(pattern[at])
        elif char == "[" and (end := _bracket_end(pattern, at)):
            made += _bracket(pattern[at + 1 : end])
            at = end
        else:
            made += {"*": ".*", "?": "."}.get(char, re.escape(char))
        at += 1
    return re.compile(made, re.DOTALL)


def _bracket_end(pattern: str, at: int) -> int | None:
    """Where the bracket at `at` closes: a `]` in the first place is meant itself."""
    first = at + 1 + (pattern[at + 1 : at + 2] in ("!", "^"))
    end = pattern.find("]", first + 1)
    return end if end > 0 else None


def _bracket(inside: str) -> str:
    negated = inside[0] in "!^"
    chars = inside[negated:].replace("\\", "\\\\").replace("[", "\\[")
    return f"[{'^' if negated else ''}{chars.replace(']', chr(92) + ']')}]"


def _unquoted(text: str) -> str:
    """The text without the backslashes that quote a character."""
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _upper(text: str) -> str:
    # Bash changes letter by letter: ß has no capital of one letter and stays.
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in text)


def _lower(text: str) -> str:
    return "".join(c.lower() if len(c.lower()) == 1 else c for c in text)
