"""What a Dockerfile takes: its arguments, its bases, and the files it copies."""

from __future__ import annotations

import hashlib
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cloudbuild.stand_ins.references import Refusal, by_digest

# What every Dockerfile takes without declaring it: "Predefined ARGs" and "BuildKit
# built-in build args" in Docker's reference.
PREDEFINED = {
    "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY",
    "SOURCE_DATE_EPOCH", "BUILDKIT_INLINE_CACHE", "BUILDKIT_MULTI_PLATFORM",
    "BUILDKIT_CONTEXT_KEEP_GIT_DIR", "BUILDKIT_SANDBOX_HOSTNAME",
}  # fmt: skip
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
_LEFT_OUT = {".git", "__pycache__"}


@dataclass
class Dockerfile:
    """A Dockerfile, read.

    Attributes:
        arguments: Declared ones with their defaults; None for no default.
        stages: Names of stages.
        bases: What each FROM names, with its line.
        copied: What COPY and ADD take from the context, with its line.
    """

    arguments: dict[str, str | None] = field(default_factory=dict)
    stages: set[str] = field(default_factory=set)
    bases: list[tuple[int, str]] = field(default_factory=list)
    copied: list[tuple[int, str]] = field(default_factory=list)


def read(text: str) -> Dockerfile:
    """The Dockerfile in a text."""
    found = Dockerfile()
    for line, instruction, rest in _instructions(text):
        words = shlex.split(rest, comments=False) if instruction != "RUN" else []
        if instruction == "ARG":
            for word in words:
                name, equals, value = word.partition("=")
                found.arguments.setdefault(name, value if equals else None)
        elif instruction == "FROM":
            plain = [word for word in words if not word.startswith("--")]
            if plain and plain[0] not in found.stages:
                found.bases.append((line, plain[0]))
            if len(plain) == 3 and plain[1].upper() == "AS":
                found.stages.add(plain[2])
        elif instruction in ("COPY", "ADD") and not _of_a_stage(words):
            plain = [word for word in words if not word.startswith("--")]
            found.copied += [(line, word) for word in plain[:-1]]
    return found


def _of_a_stage(words: list[str]) -> bool:
    return any(word.startswith("--from=") for word in words)


def check(
    path: Path, context: Path, given: Mapping[str, str], target: str | None
) -> str:
    """A digest of all that goes into the image.

    Args:
        path: The Dockerfile.
        context: Folder of the files that it copies.
        given: Values of `--build-arg`.
        target: The stage to build; None for the last.

    Raises:
        Refusal: An argument that is not declared, a base without a digest, or a
            file that is not there.
    """
    text = path.read_text(encoding="utf-8")
    found = read(text)
    for name in given:
        if name not in found.arguments and name not in PREDEFINED:
            declared = ", ".join(found.arguments) or "none"
            raise Refusal(f"{path} has no ARG {name}; it declares {declared}")
    if target is not None and target not in found.stages:
        raise Refusal(f"{path} has no stage {target}")
    values = {**{k: v or "" for k, v in found.arguments.items()}, **given}
    for line, base in found.bases:
        if base != "scratch":
            _check_base(f"{path}:{line}", base, values)
    total = hashlib.sha256(repr((text, sorted(given.items()), target)).encode())
    for line, pattern in found.copied:
        for one in _files(f"{path}:{line}", context, pattern):
            total.update(str(one.relative_to(context)).encode())
            total.update(hashlib.sha256(one.read_bytes()).digest())
    return f"sha256:{total.hexdigest()}"


def _check_base(where: str, base: str, values: Mapping[str, str]) -> None:
    def value(match: re.Match[str]) -> str:
        return values.get(match[1] or match[3]) or match[2] or ""

    filled = _VARIABLE.sub(value, base)
    try:
        by_digest(filled)
    except Refusal as error:
        raise Refusal(f"{where}: FROM {base} becomes {filled}: {error}") from None


def _files(where: str, context: Path, pattern: str) -> Iterator[Path]:
    found = sorted(context.glob(pattern.strip("/"))) if pattern != "." else [context]
    if not found:
        raise Refusal(f"{where}: the context {context} has no {pattern}")
    for one in found:
        below = sorted(one.rglob("*")) if one.is_dir() else [one]
        for path in below:
            parts = path.relative_to(context).parts
            if path.is_file() and not _LEFT_OUT.intersection(parts):
                yield path


def _instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, name and rest of each instruction, continued lines joined."""
    start = 0
    parts: list[str] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        start = start if parts else number
        parts.append(line.rstrip("\\").strip())
        if not line.endswith("\\"):
            instruction, _, rest = " ".join(parts).partition(" ")
            yield start, instruction.upper(), rest.strip()
            parts = []
