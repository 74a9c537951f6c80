"""What Terraform's values come to, as far as their text tells.

Locals, defaults of variables and `for_each` are followed. What hangs on anything
else, such as a condition, is told as unreadable: a rule can then refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from cloudbuild.checkout import Checkout
from cloudbuild.terraform import Block, TerraformFile, Value

_NAME = re.compile(r"(local|var)\.(\w+)\b(?!\s*[.\[(])")
_EACH = re.compile(r"\beach\.(key|value)\b(?!\s*[.\[(])")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"(\s*[=:](?!=))?')
_KEY = re.compile(r"\b\w+\s*[=:](?!=)")
# Functions that give no text of their own.
_LISTS = re.compile(r"\b(toset|tolist|tomap|concat|distinct|flatten|sort)\(")
_COMMENT = re.compile(r"(#|//)[^\n]*|/\*.*?\*/", re.DOTALL)
_DEEPEST = 8


def named(checkout: Checkout, file: TerraformFile) -> Iterator[tuple[str, Value, str]]:
    """What `local.x` and `var.x` mean in a file's folder, and the file that says so.

    A variable without a default is not among them.
    """
    folder = PurePosixPath(file.name).parent
    for other in checkout.terraform.values():
        if PurePosixPath(other.name).parent != folder:
            continue
        for block in other.blocks:
            if block.kind == "locals":
                for name, value in block.values.items():
                    yield f"local.{name}", value, other.name
            elif block.kind == "variable" and "default" in block.values:
                name = f"var.{block.labels[0]}"
                yield name, block.values["default"], other.name


def followed(
    checkout: Checkout, file: TerraformFile, value: Value
) -> tuple[Value, str]:
    """The value that a lone `local.x` or `var.x` stands for, and its file."""
    where = file.name
    meanings = {name: (one, at) for name, one, at in named(checkout, file)}
    for _ in range(_DEEPEST):
        if value.text not in meanings:
            break
        value, where = meanings[value.text]
    return value, where


def spelled_out(
    checkout: Checkout, file: TerraformFile, value: Value, block: Block | None = None
) -> str:
    """The text of a value with locals, defaults and `each` of its block put in."""
    meanings = {name: one.text for name, one, _ in named(checkout, file)}
    text = value.text
    each = block.values.get("for_each") if block else None
    if each and _EACH.search(text):
        text = _EACH.sub(lambda _: each.text, text)
    for _ in range(_DEEPEST):
        before = text
        text = _NAME.sub(lambda one: meanings.get(one[0], one[0]), text)
        if text == before:
            break
    return text


def texts_of(
    checkout: Checkout, file: TerraformFile, value: Value, block: Block | None = None
) -> list[str] | None:
    """Every text that a value may be; None where that cannot be read."""
    keys = "each.key" in value.text
    text = spelled_out(checkout, file, value, block)
    found = list(_TEXT.finditer(text))
    rest = _COMMENT.sub("", _TEXT.sub(" ", text))
    bare = [one[0].rstrip(" =:\t\n") for one in _KEY.finditer(rest)] if keys else []
    rest = _LISTS.sub("(", _KEY.sub(" ", rest))
    texts = [*bare, *(one[1] for one in found if keys or not one[2])]
    unread = re.search(r"[^\s\[\](){},]", rest) or any("${" in one for one in texts)
    return None if unread or not texts else texts


def pattern_of(checkout: Checkout, file: TerraformFile, value: Value) -> str | None:
    """The regular expression in a value, with defaults within it; None if unread.

    `"^${var.main_branch}$"` is read with the variable's default, and with a plain
    word where it has none.
    """
    text = value.literals[0][0] if value.literals else ""
    if value.text != f'"{text}"':
        return None
    meanings = {name: one.literal for name, one, _ in named(checkout, file)}
    for inner in re.findall(r"(?<!\$)\$\{(?:[^{}\"]|\"(?:[^\"\\]|\\.)*\")*\}", text):
        asked = re.search(r"(local|var)\.\w+", inner)
        known = meanings.get(asked[0]) if asked else None
        text = text.replace(inner, known or "name")
    return re.sub(r"\\(.)", r"\1", text).replace("$${", "${")
