"""The log of a build: one file a step, one of all, and no secret in any."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO
from urllib.parse import quote

MASK = "********"
LONGEST = 64 * 1024  # bytes of a line that are kept together


class Mask:
    """Replaces secrets in text, also in the forms that tools write them in.

    Args:
        secrets: The values.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret)}
        # The longest first, or a part would be taken from it.
        self._forms = sorted(forms, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """The text without secrets."""
        for form in self._forms:
            text = text.replace(form, MASK)
        return text

    def hidden(self, content: bytes) -> bytes:
        """The content without secrets."""
        for form in self._forms:
            content = content.replace(form.encode(), MASK.encode())
        return content


def _forms(secret: str) -> Iterable[str]:
    for text in {secret, secret.strip(), *secret.splitlines()}:
        if text:
            yield text
            yield quote(text, safe="")
            yield base64.b64encode(text.encode()).decode()


class BuildLog:
    """Writes what the steps say, as Cloud Build's log has it.

    Args:
        folder: Where the files go.
        mask: Takes the secrets out.
        listen: Is told each line with its prefix.
    """

    def __init__(
        self, folder: Path, mask: Mask, listen: Callable[[str], None] | None = None
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._mask, self._listen = folder, mask, listen
        self._lock = threading.Lock()
        self._whole = open(folder / "build.log", "a", encoding="utf-8")  # noqa: SIM115

    def path(self, index: int, name: str) -> Path:
        """The file of one step."""
        readable = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)
        return self._folder / f"{index:02d}-{readable or 'step'}.log"

    def say(self, line: str) -> None:
        """Writes a line of the build's own."""
        line = self._mask(line)
        with self._lock:
            self._whole.write(line + "\n")
            self._whole.flush()
        if self._listen:
            self._listen(line)

    def follow(self, stream: IO[bytes], path: Path, prefix: str) -> None:
        """Writes what a step says until its stream ends."""
        with open(path, "a", encoding="utf-8") as own:
            while raw := stream.readline(LONGEST):
                line = self._mask(raw.decode(errors="replace").rstrip("\r\n"))
                own.write(line + "\n")
                own.flush()
                self.say(f"{prefix}: {line}" if prefix else line)

    def close(self) -> None:
        """Closes the file of all steps."""
        self._whole.close()


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a log; none where there is no such file."""
    try:
        return path.read_text(encoding="utf-8").splitlines()[-count:]
    except OSError:
        return []
