"""The values of a build's substitutions: defaults, triggers, built-ins, each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbuild.messages import new_build
from cloudbuild.substitutions import BUILT_INS, SubstitutionError, resolve

NAMES = st.from_regex(r"_[A-Z0-9_]{1,5}", fullmatch=True)
PLAIN = st.dictionaries(NAMES, st.text("abc/-.", max_size=6), max_size=5)


def build(dynamic: bool = False, **values: str) -> Any:
    message = new_build()
    message.substitutions.update(values)
    message.options.dynamic_substitutions = dynamic
    return message


@given(PLAIN, PLAIN)
def test_what_is_given_wins_over_defaults(
    defaults: dict[str, str], given_values: dict[str, str]
) -> None:
    made = resolve(build(**defaults), given_values, {})
    assert {name: made[name] for name in made.keys() - BUILT_INS} == {
        **defaults,
        **given_values,
    }


@given(PLAIN)
def test_values_without_dollars_are_the_same_when_dynamic(
    values: dict[str, str],
) -> None:
    assert resolve(build(**values), {}, {}) == resolve(build(True, **values), {}, {})


def test_values_ask_for_each_other_in_any_order() -> None:
    made = resolve(
        build(True, _A="${_B^^}/${_C:-none}", _B="${BRANCH_NAME//\\//-}", _C=""),
        {},
        {"BRANCH_NAME": "new/gate"},
    )
    assert (made["_A"], made["_B"]) == ("NEW-GATE/none", "new-gate")


def test_values_stay_texts_where_they_are_not_dynamic() -> None:
    asked = build(_A="${PROJECT_ID}")
    assert resolve(asked, {}, {"PROJECT_ID": "p"})["_A"] == "${PROJECT_ID}"
    assert resolve(asked, {}, {"PROJECT_ID": "p"}, dynamic=True)["_A"] == "p"


def test_built_ins_follow_from_others() -> None:
    made = resolve(
        build(),
        {},
        {
            "COMMIT_SHA": "0123456789abcdef",
            "TAG_NAME": "v1",
            "REPO_FULL_NAME": "owner/repository",
            "SERVICE_ACCOUNT": "projects/p/serviceAccounts/a@b",
        },
    )
    assert made["SHORT_SHA"] == "0123456"
    assert made["REVISION_ID"] == "0123456789abcdef"
    assert made["REF_NAME"] == "v1"
    assert made["REPO_NAME"] == "repository"
    assert made["SERVICE_ACCOUNT_EMAIL"] == "a@b"
    assert made["BRANCH_NAME"] == made["_PR_NUMBER"] == ""


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"_A": "${_A}"}, "each other: _A → _A"),
        ({"_A": "${_B}", "_B": "$_C", "_C": "${_A}"}, "_A → _B → _C → _A"),
        ({"_A": "x" * 3000, "_B": "${_A}${_A}"}, "_B grows beyond 4,000"),
        ({"_A": "${PROJECT_ID@Q}"}, "no form"),
        ({"_A": "${PROJECT_ID"}, "never closed"),
    ],
)
def test_what_cannot_be_worked_out_is_refused(
    values: dict[str, str], says: str
) -> None:
    with pytest.raises(SubstitutionError, match=says):
        resolve(build(True, **values), {}, {})
