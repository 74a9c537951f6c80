from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.errors import Problems, UsageError
from tidegate.model_card_gen.about import About, read_about

WHOLE = """
owner: flights team
contact: flights@example.org
purpose: Says whether a flight will be late.
intended_use:
  - Telling passengers.
  - Planning crews.
limits: |
  Never saw another airport.
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "about.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_one_paragraph_or_several_are_read(tmp_path: Path) -> None:
    about = read_about(written(tmp_path, WHOLE))
    assert about.purpose == ("Says whether a flight will be late.",)
    assert about.intended_use == ("Telling passengers.", "Planning crews.")
    assert about.limits == ("Never saw another airport.\n",)
    assert about.ethical_considerations == ()


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    path = written(tmp_path, "owner: ''\nintended_uses: x\nlimits: [1]\n")
    with pytest.raises(Problems) as caught:
        read_about(path)
    told = str(caught.value)
    assert len(caught.value.errors) == 4
    for part in (f"{path}:1", f"{path}:2", f"{path}:3", "purpose", "intended_use"):
        assert part in told, part


def test_owner_and_purpose_are_asked_for(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="purpose"):
        read_about(written(tmp_path, "owner: a team\n"))


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such file"):
        read_about(tmp_path / "about.yaml")


def test_what_is_told_survives_json() -> None:
    about = About(owner="a", purpose="b")  # type: ignore[arg-type]
    assert About.model_validate_json(about.model_dump_json()) == about
