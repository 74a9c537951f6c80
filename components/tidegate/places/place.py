"""What is asked of a place that keeps small whole files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from tidegate.errors import InfrastructureError, UsageError


@dataclass(frozen=True)
class Words:
    """What a place is called in errors.

    Attributes:
        name: What it is: "the history".
        file: What a file in it is: "span".
        example: Name of such a file: "span-01.parquet".
        fix: What to do where it is no folder.
    """

    name: str
    file: str
    example: str
    fix: str


class Place(ABC):
    """A folder of files that are written whole.

    Attributes:
        where: The folder as a person writes it.
        words: What it is called in errors.
    """

    where: str
    words: Words

    @abstractmethod
    def names(self) -> list[str]:
        """Names of the files, sorted; none where the folder is not there.

        Raises:
            UsageError: It is no folder.
            InfrastructureError: It cannot be listed.
        """

    @abstractmethod
    def read(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            OSError: It cannot be read.
        """

    @abstractmethod
    def create(self, name: str, content: bytes) -> bool:
        """Writes a file whole; False if one of that name is there.

        Raises:
            InfrastructureError: It could not be written.
        """

    @abstractmethod
    def replace(self, name: str, content: bytes) -> None:
        """Writes a file whole in the place of the one that is there, in one step.

        Whoever reads it at any moment reads the old one or the new one. For what
        can be made again from other files, such as a pointer.

        Raises:
            InfrastructureError: It could not be written; the old one is there.
        """

    def path(self, name: str) -> str:
        """A file as a person writes it."""
        return f"{self.where}/{name}"

    def no_folder(self, got: str) -> UsageError:
        """The error for a place that is something else than a folder."""
        return UsageError(
            f"{self.words.name} is not a folder that can be read",
            where=self.where,
            expected=f"a folder with files such as {self.words.example}",
            got=got,
            fix=self.words.fix,
        )

    def unreached(self, where: str, error: Exception) -> InfrastructureError:
        """The error for a place that does not answer, or not to this account."""
        return InfrastructureError(
            f"{self.words.name} cannot be reached",
            where=where,
            got=_said(error),
            fix="check the network and the rights of this account, and run again",
        )

    def not_written(self, where: str, error: Exception) -> InfrastructureError:
        """The error for a place that takes no file."""
        return InfrastructureError(
            f"the {self.words.file} cannot be written into {self.words.name}",
            where=where,
            got=_said(error),
            fix="check the place and the rights of this account, and run again",
        )


def _said(error: Exception) -> str:
    return str(error).strip().split("\n")[0] or type(error).__name__
