"""Substitutions as Cloud Build makes them: names, defaults, bash-style forms.

What is where comes from Google's own sources (cloud-build-local, subst/subst.go,
subst/bash_utils.go and validate/validate.go): a field of a step knows `$NAME`,
`${NAME}` and `$$` only, with capital names, and leaves everything else to the
shell; the bash-style forms work in the *values* of substitutions, where
`options.dynamicSubstitutions` is set, as it always is in triggered builds.
<https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values>
<https://cloud.google.com/build/docs/configuring-builds/use-bash-and-bindings-in-substitutions>
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudbuild.bash_forms import FormError, apply_form, closing_brace
from tidegate.errors import UsageError

NAME = re.compile(r"[A-Z_][A-Z0-9_]*")
USER_NAME = re.compile(r"_[A-Z0-9_]+")
LONGEST = 4000  # characters of a value; Cloud Build refuses longer ones

OF_EVERY_BUILD = ("PROJECT_ID", "PROJECT_NUMBER", "BUILD_ID", "LOCATION")
OF_TRIGGERS = (
    "TRIGGER_NAME",
    "COMMIT_SHA",
    "REVISION_ID",
    "SHORT_SHA",
    "REPO_NAME",
    "REPO_FULL_NAME",
    "BRANCH_NAME",
    "TAG_NAME",
    "REF_NAME",
    "TRIGGER_BUILD_CONFIG_PATH",
    "SERVICE_ACCOUNT_EMAIL",
    "SERVICE_ACCOUNT",
)
OF_PULL_REQUESTS = ("_HEAD_BRANCH", "_BASE_BRANCH", "_HEAD_REPO_URL", "_PR_NUMBER")
BUILT_INS = frozenset((*OF_EVERY_BUILD, *OF_TRIGGERS, *OF_PULL_REQUESTS))


class SubstitutionError(UsageError):
    """A substitution that cannot be made."""


@dataclass(frozen=True)
class Reference:
    """One place in a text that asks for a substitution.

    Attributes:
        name: What it asks for.
        form: What stands after the name in braces, `:-x` of `${V:-x}`; empty
            for a plain one.
        text: The whole of it, as written.
        braces: Whether the name stands in braces.
    """

    name: str
    form: str
    text: str
    braces: bool


def parts(text: str) -> Iterator[str | Reference]:
    """The text cut into what stays and what is asked for; `$$` is a `$`.

    Raises:
        SubstitutionError: A brace of `${NAME` never closes.
    """
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        yield text[at:dollar]
        found, at = _at_dollar(text, dollar)
        yield found
    yield text[at:]


def _at_dollar(text: str, dollar: int) -> tuple[str | Reference, int]:
    """What stands at a `$`, and where the text goes on."""
    after = dollar + 1
    if text.startswith("$", after):
        return "$", after + 1
    braces = text.startswith("{", after)
    name = NAME.match(text, after + braces)
    if name is None:
        return "$", after
    if not braces:
        return Reference(name[0], "", "$" + name[0], False), name.end()
    if re.match(r"[a-z]", text[name.end() : name.end() + 1]):
        return "$", after  # a shell's variable in small letters
    end = closing_brace(text, name.end())
    if end is None:
        raise SubstitutionError(
            "a brace is never closed",
            got=text[dollar : dollar + 40],
            fix=f"write ${{{name[0]}}}",
        )
    whole = text[dollar : end + 1]
    return Reference(name[0], text[name.end() : end], whole, True), end + 1


def references(text: str) -> list[Reference]:
    """Every substitution that a text asks for, those within others, too."""
    found = [part for part in parts(text) if isinstance(part, Reference)]
    return [one for part in found for one in (part, *references(part.form))]


def expand(text: str, values: Mapping[str, str]) -> str:
    """The text with every substitution made, bash-style forms, too.

    A built-in that the build does not have is empty, as in Cloud Build.

    Raises:
        SubstitutionError: A name has no value, or a form is not known.
    """
    return "".join(
        part if isinstance(part, str) else _made(part, values) for part in parts(text)
    )


def _made(reference: Reference, values: Mapping[str, str]) -> str:
    name, form = reference.name, reference.form
    if name not in values and name not in BUILT_INS and not form.startswith(":-"):
        raise SubstitutionError(
            f"{reference.text} asks for {name}, which has no value",
            fix=f"declare {name} under substitutions, or write $${name} where the "
            "shell is meant",
        )
    try:
        return apply_form(values.get(name, ""), form, lambda word: expand(word, values))
    except FormError as error:
        raise SubstitutionError(
            f"{reference.text}: {error}",
            fix="use a form of Cloud Build's, such as ${NAME:-default}",
        ) from None


def resolve(
    build: Any,
    given: Mapping[str, str],
    builtins: Mapping[str, str],
    *,
    dynamic: bool | None = None,
) -> dict[str, str]:
    """The value of every substitution of a build.

    Args:
        build: The Build message; its `substitutions` are the defaults.
        given: Values of the trigger, or of `--substitutions`; they win.
        builtins: What Cloud Build sets itself; what follows from another, such
            as SHORT_SHA from COMMIT_SHA, may be left out.
        dynamic: Whether values may ask for others; None takes the build's own
            `options.dynamicSubstitutions`. It is always True under a trigger.

    Raises:
        SubstitutionError: Values ask for each other in a circle, one grows
            beyond Cloud Build's limit, or a form is not known.
    """
    values = {**_derived(builtins), **dict(build.substitutions), **given}
    if build.options.dynamic_substitutions if dynamic is None else dynamic:
        solver = _Solver(values, {}, [])
        return {name: solver.value(name) for name in sorted(values)}
    return values


def _derived(builtins: Mapping[str, str]) -> dict[str, str]:
    """The built-ins with those that follow from others; the rest is empty."""
    values = {**dict.fromkeys(BUILT_INS, ""), **builtins}
    commit = values["COMMIT_SHA"] or values["REVISION_ID"]
    account = values["SERVICE_ACCOUNT"].rpartition("/")[2]
    for name, value in {
        "COMMIT_SHA": commit,
        "REVISION_ID": commit,
        "SHORT_SHA": commit[:7],
        "REF_NAME": values["BRANCH_NAME"] or values["TAG_NAME"],
        "REPO_NAME": values["REPO_FULL_NAME"].rpartition("/")[2],
        "SERVICE_ACCOUNT_EMAIL": account,
    }.items():
        values[name] = values[name] or value
    return values


@dataclass(frozen=True)
class _Solver:
    """Works out values that ask for others, each once."""

    raw: Mapping[str, str]
    done: dict[str, str]
    open: list[str]

    def value(self, name: str) -> str:
        if name in self.done:
            return self.done[name]
        if name in self.open:
            circle = " → ".join([*self.open[self.open.index(name) :], name])
            raise SubstitutionError(
                f"substitutions ask for each other: {circle}",
                fix="write one of them out",
            )
        self.open.append(name)
        text = self.raw.get(name, "")
        # Bash, and Cloud Build in values, takes what is not there as empty.
        needed = {one.name: self.value(one.name) for one in references(text)}
        made = expand(text, needed)
        if len(made) > LONGEST:
            raise SubstitutionError(
                f"the value of {name} grows beyond {LONGEST:,} characters",
                fix="shorten it, or what it asks for",
            )
        self.open.pop()
        self.done[name] = made
        return made
