"""What a history asks of the place where it is."""

from __future__ import annotations

from abc import ABC, abstractmethod

from tidegate.errors import InfrastructureError, UsageError


class Root(ABC):
    """A folder of immutable files.

    Attributes:
        where: The folder as a person writes it.
    """

    where: str

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

    def path(self, name: str) -> str:
        """A file as a person writes it."""
        return f"{self.where}/{name}"


def no_folder(where: str, got: str) -> UsageError:
    """A place that is something else than a folder."""
    return UsageError(
        "the history is not a folder that can be read",
        where=where,
        expected="a folder with files such as span-01.parquet",
        got=got,
        fix="name the folder that holds the accepted spans",
    )


def unreached(where: str, error: Exception) -> InfrastructureError:
    """A place that does not answer, or not to this account."""
    return InfrastructureError(
        "the history cannot be reached",
        where=where,
        got=str(error).strip().split("\n")[0] or type(error).__name__,
        fix="check the network and the rights of this account, and run again",
    )


def not_written(where: str, error: Exception) -> InfrastructureError:
    """A place that takes no file."""
    return InfrastructureError(
        "the span cannot be written into the history",
        where=where,
        got=str(error).strip().split("\n")[0] or type(error).__name__,
        fix="check the place and the rights of this account, and run again",
    )
