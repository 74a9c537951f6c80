"""Terraform files as blocks and values, each with its line.

python-hcl2 parses; its tree knows where everything stands, which its plain
dictionaries do not. Nothing is evaluated: a value is its text, and the literal
texts within it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudbuild.document import ROOT, shown
from cloudbuild.faults import Fault


@dataclass(frozen=True)
class Value:
    """The right side of an attribute.

    Attributes:
        text: As it is written.
        line: Where it begins.
        literals: Every literal text within it, with its line.
    """

    text: str
    line: int
    literals: tuple[tuple[str, int], ...] = ()

    @property
    def literal(self) -> str | None:
        """The value where it is one literal text, else None."""
        one = len(self.literals) == 1 and self.text == f'"{self.literals[0][0]}"'
        return self.literals[0][0] if one else None


@dataclass(frozen=True)
class Block:
    """A block: `resource "kind" "name" { … }` or one inside another.

    Attributes:
        kind: The first word, "resource".
        labels: The words after it.
        line: Where it begins.
        values: Its attributes.
        blocks: The blocks within it.
    """

    kind: str
    labels: tuple[str, ...]
    line: int
    values: dict[str, Value]
    blocks: tuple[Block, ...]

    def inner(self, kind: str) -> Iterator[Block]:
        """The blocks of a kind within this one; of a dynamic one its content."""
        for block in self.blocks:
            if block.kind == kind:
                yield block
            elif block.kind == "dynamic" and block.labels[:1] == (kind,):
                yield from block.inner("content")

    def line_of(self, name: str) -> int:
        """Line of an attribute, of the block where it has none such."""
        value = self.values.get(name)
        return value.line if value else self.line

    @property
    def literals(self) -> list[tuple[str, int]]:
        """Every literal text in it and the blocks within."""
        own = [one for value in self.values.values() for one in value.literals]
        return own + [one for block in self.blocks for one in block.literals]


@dataclass(frozen=True)
class TerraformFile:
    """The blocks of one file.

    Attributes:
        path: The file.
        name: The file, as faults name it.
        blocks: Its blocks, in order.
    """

    path: Path
    name: str
    blocks: tuple[Block, ...]

    def fault(self, line: int, message: str, fix: str) -> Fault:
        """A fault at a line; the rule's name comes with its report."""
        return Fault(self.name, line, message, fix)

    def resources(self, *kinds: str) -> Iterator[Block]:
        """The resources of some kinds; of all where none is named."""
        for block in self.blocks:
            resource = block.kind == "resource" and len(block.labels) == 2
            if resource and (not kinds or block.labels[0] in kinds):
                yield block


def examine_terraform(
    path: Path, root: Path = ROOT
) -> tuple[TerraformFile | None, list[Fault]]:
    """The blocks of a file, or None and why it cannot be parsed."""
    import hcl2
    from lark.exceptions import LarkError

    name = shown(path, root)
    try:
        text = path.read_text(encoding="utf-8")
        # The grammar wants a line end behind the last block.
        tree: Any = hcl2.parses_to_tree(text.rstrip("\n") + "\n")
    except OSError as error:
        words = f"the file cannot be read: {error.strerror}"
        return None, [Fault(name, 1, words, "name a file that is there", "tf-syntax")]
    except UnicodeDecodeError:
        return None, [
            Fault(name, 1, "the file is not UTF-8", "save it so", "tf-syntax")
        ]
    except LarkError as error:
        return None, [_syntax(name, text, error)]
    reader = _Reader(text)
    return TerraformFile(path, name, tuple(reader.blocks(tree.children[0]))), []


def _syntax(name: str, text: str, error: Any) -> Fault:
    lines = text.splitlines()
    line = getattr(error, "line", None)
    if isinstance(line, int) and 1 <= line <= len(lines):
        words = f"not valid HCL, near: {lines[line - 1].strip()[:60]}"
    else:
        line, words = max(1, len(lines)), "the file ends within a block"
    return Fault(name, line, words, "close every brace, bracket and quote", "tf-syntax")


@dataclass(frozen=True)
class _Reader:
    """Turns the parser's tree into blocks and values."""

    text: str

    def blocks(self, body: Any) -> Iterator[Block]:
        for node in _trees(body, "block"):
            head = [one for one in _trees(node) if one.data != "body"]
            words = [self._word(one) for one in head if one.data != _NEWLINE]
            inside = next(_trees(node, "body"))
            yield Block(
                words[0],
                tuple(words[1:]),
                node.meta.line,
                dict(self._values(inside)),
                tuple(self.blocks(inside)),
            )

    def _values(self, body: Any) -> Iterator[tuple[str, Value]]:
        for node in _trees(body, "attribute"):
            name, value = list(_trees(node))[:2]
            yield self._word(name), self._value(value)

    def _value(self, node: Any) -> Value:
        texts = node.iter_subtrees_topdown()
        literals = [
            (self._source(one).strip('"'), one.meta.line)
            for one in texts
            if one.data == "string"
        ]
        return Value(self._source(node), node.meta.line, tuple(literals))

    def _word(self, node: Any) -> str:
        return self._source(node).strip('"')

    def _source(self, node: Any) -> str:
        return self.text[node.meta.start_pos : node.meta.end_pos]


_NEWLINE = "new_line_or_comment"


def _trees(node: Any, kind: str | None = None) -> Iterator[Any]:
    for child in node.children:
        if hasattr(child, "data") and kind in (None, str(child.data)):
            yield child
