"""What only people know of a model: a file that they write."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from tidegate.documents import Document

_LONGEST = 4000  # characters of a paragraph; more is no card
_MOST = 40  # paragraphs


def _listed(value: object) -> object:
    """One paragraph as a list of one."""
    return [value] if isinstance(value, str) else value


Word = Annotated[str, Field(min_length=1, max_length=200)]
Paragraph = Annotated[str, Field(min_length=1, max_length=_LONGEST)]
Paragraphs = Annotated[
    tuple[Paragraph, ...], BeforeValidator(_listed), Field(max_length=_MOST)
]


class About(BaseModel):
    """What people say of a model, in plain text.

    Attributes:
        owner: Person or team that answers for it.
        purpose: What it is for.
        contact: Where questions go.
        intended_use: What it may be used for, and by whom.
        not_intended_use: What it must not be used for.
        limits: Where it is known to be weak, and what to do then.
        ethical_considerations: Whom it may harm, and what was done about it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    owner: Word
    purpose: Paragraphs = Field(min_length=1)
    contact: Word | None = None
    intended_use: Paragraphs = ()
    not_intended_use: Paragraphs = ()
    limits: Paragraphs = ()
    ethical_considerations: Paragraphs = ()


def read_about(path: Path) -> About:
    """The file as it was written by people.

    Raises:
        UsageError: It is missing or not as it must be; `Problems` carries several.
    """
    return Document.read(path).validate(About)
