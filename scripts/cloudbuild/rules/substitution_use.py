"""Rules of substitutions: what is declared, used, and to be had."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.fields import texts
from cloudbuild.rules.registry import rule
from cloudbuild.substitutions import (
    BUILT_INS,
    OF_PULL_REQUESTS,
    OF_TRIGGERS,
    USER_NAME,
    Reference,
    SubstitutionError,
    expand,
    references,
    resolve,
)
from tidegate.documents import Key, near_miss

AMBIGUOUS = re.compile(r"//?[^/]*[*?\[]|:\s+-|:\(-|:[^:-][^:]*:\s*-")
# What Cloud Build leaves empty, by what started the build. A pull request's
# branch is known; a tag has no branch, a branch no tag.
LACKING = {
    "branch": ("TAG_NAME", *OF_PULL_REQUESTS),
    "tag": ("BRANCH_NAME", *OF_PULL_REQUESTS),
    "pull request": ("TAG_NAME",),
    "hand": (*OF_TRIGGERS, *OF_PULL_REQUESTS),
}


def used(file: BuildFile) -> Iterator[tuple[Key, Reference]]:
    """Every substitution that a build asks for, with its place."""
    declared = [(("substitutions", k), v) for k, v in file.build.substitutions.items()]
    for path, text in [*texts(file.build), *declared]:
        try:
            for reference in references(text):
                yield path, reference
        except SubstitutionError:
            continue  # substitution-form tells it


def automapped(file: BuildFile) -> bool:
    """Whether steps get every substitution as an environment variable."""
    steps = any(step.automap_substitutions for step in file.build.steps)
    return bool(file.build.options.automap_substitutions or steps)


@rule("substitution-name", "builds")
def names_are_user_names(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A declared substitution begins with _ and is of capitals, digits and _.

    Cloud Build refuses others: validUserSubstKeyRE in validate/validate.go.
    """
    for name in file.build.substitutions:
        if not USER_NAME.fullmatch(name):
            better = "_" + re.sub(r"\W", "_", name).strip("_").upper()
            yield file.fault(
                ("substitutions", name),
                f"{name!r} is no name of a substitution",
                f"name it {better}",
            )


@rule("substitution-undeclared", "builds")
def what_is_used_is_declared(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Whatever a build asks for is declared in it, or set by Cloud Build.

    A trigger may give it too, but then the build fails by hand and in the next
    trigger: declare it, empty where only a trigger knows it.
    """
    declared = file.declared
    for path, reference in used(file):
        name = reference.name
        if name in declared or name in BUILT_INS:
            continue
        near = near_miss(name, declared | BUILT_INS)
        if USER_NAME.fullmatch(name):
            message = f"{reference.text} is declared nowhere"
            fix = f"declare {name} under substitutions"
        else:
            message = f"{reference.text}: Cloud Build has no built-in {name}"
            fix = _meant(file, path, reference.text)
        yield file.fault(path, message, f"write {near}, or {fix}" if near else fix)


@rule("substitution-unused", "builds")
def what_is_declared_is_used(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Whatever a build declares is asked for somewhere in it.

    Cloud Build refuses the rest ("is not matched in the template") unless
    options.substitutionOption is ALLOW_LOOSE. A `script` does not count.
    """
    options = file.build.options
    loose = options.substitution_option == options.SubstitutionOption.ALLOW_LOOSE
    if loose or automapped(file):
        return
    asked = {reference.name for _, reference in used(file)}
    # A misspelt name is told where it is used; the right one is no second fault.
    known = file.declared | BUILT_INS
    misspelt = {near_miss(name, known) for name in asked - known}
    for name in file.build.substitutions:
        if name not in asked | misspelt and USER_NAME.fullmatch(name):
            yield file.fault(
                ("substitutions", name),
                f"{name} is declared and never used; Cloud Build refuses that",
                f"remove it, or use ${{{name}}}",
            )


@rule("substitution-built-in", "builds")
def built_ins_are_there(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A built-in is used only where whatever starts the build sets it.

    TAG_NAME is empty in the build of a branch, COMMIT_SHA in one submitted by
    hand, and Cloud Build puts the empty text in without a word.
    """
    for event, by in _events(file, checkout).items():
        for path, reference in used(file):
            if reference.name in LACKING[event] and not reference.form:
                yield file.fault(
                    path,
                    f"{reference.name} is empty in a build started by {by}",
                    "use what such a build has, such as "
                    + {"tag": "TAG_NAME", "hand": "BUILD_ID"}.get(event, "COMMIT_SHA"),
                )


def _events(file: BuildFile, checkout: Checkout) -> dict[str, str]:
    """What starts a build, in words, by kind; hand where no trigger runs it."""
    if not checkout.triggers:
        return {}
    found = {
        kind: f"a {kind} ({trigger.name})"
        for trigger in checkout.triggers_of(file)
        for kind in trigger.events
        if kind in LACKING
    }
    by_hand = {"hand": "hand, and no trigger here runs this file"}
    return found if checkout.triggers_of(file) else by_hand


@rule("substitution-form", "builds")
def forms_are_where_they_work(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Bash-style forms stand in values of substitutions, and only known ones.

    In a field of a step Cloud Build leaves ${V:-x} to the shell, and counts V as
    unused: subst/subst.go, and GoogleCloudPlatform/cloud-builders issue 295.
    """
    for path, text in texts(file.build):
        try:
            found = references(text)
        except SubstitutionError as error:
            yield file.fault(path, f"{error.message}: {error.got}", error.fix or "")
            continue
        for one in found:
            if one.form:
                yield file.fault(
                    path,
                    f"Cloud Build leaves {one.text} as it is in a field of a build",
                    f"declare a substitution of its own with the value {one.text}",
                )


@rule("substitution-value", "builds")
def values_can_be_made(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every value can be worked out, and says so where it asks for others.

    Without options.dynamicSubstitutions a build submitted by hand gets
    `${BRANCH_NAME}` as a text. In the middle of a value a name needs braces.
    """
    values = dict(file.build.substitutions)
    faults = [one for name, text in values.items() for one in _unmade(file, name, text)]
    yield from faults
    if not faults:
        yield from _in_circles(file)


def _unmade(file: BuildFile, name: str, text: str) -> Iterator[Fault]:
    """What is wrong with one value by itself."""
    path = ("substitutions", name)
    try:
        found = references(text)
        expand(text, dict.fromkeys([one.name for one in found], ""))
    except SubstitutionError as error:
        got = f": {error.got}" if error.got else ""
        yield file.fault(path, error.message + got, error.fix or "write it out")
        return
    if found and not file.build.options.dynamic_substitutions:
        words = f"{name} asks for {found[0].text}, which only dynamic ones may"
        yield file.fault(path, words, "set dynamicSubstitutions: true under options")
    for one in found:
        if not one.braces and one.text != text:
            words = f"within a value Cloud Build does not see {one.text}"
            yield file.fault(path, words, f"write ${{{one.name}}}")


@rule("substitution-ambiguous", "builds")
def forms_mean_one_thing(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """No value uses a form that Cloud Build and bash take differently.

    Cloud Build's parser (drone/envsubst, funcs.go) replaces plain text where bash
    replaces what a pattern matches, and counts from the end in another way.
    """
    for path, reference in used(file):
        if AMBIGUOUS.match(reference.form):
            yield file.fault(
                path,
                f"bash and Cloud Build differ on {reference.text}",
                "replace plain text, and count from the start",
            )


def _in_circles(file: BuildFile) -> Iterator[Fault]:
    try:
        resolve(file.build, {}, {}, dynamic=True)
    except SubstitutionError as error:
        named = [one for one in sorted(file.declared) if one in error.message]
        at: Key = ("substitutions", *named[:1])
        yield file.fault(at, error.message, error.fix or "write it out")


@rule("lone-dollar", "builds")
def dollars_are_meant(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A $ begins a substitution, or is written $$.

    Cloud Build passes any other on, and make or a shell then takes it for its own.
    """
    for path, text in texts(file.build):
        bare = re.sub(r"\$\$|\$\{?[A-Z_]", "", text)
        if "$" in bare:
            yield file.fault(
                path,
                "a $ that begins no substitution is left for make or a shell",
                _meant(file, path, "$"),
            )


def _meant(file: BuildFile, path: Key, text: str) -> str:
    """How to write another's `$…`: Cloud Build makes one of two, and so does make."""
    steps = file.build.steps
    args = path[:1] == ("steps",) and path[2:3] == ("args",)
    if args and steps[int(path[1])].entrypoint == "make":
        return f"write $${text[1:]} where make is meant, $$$${text[1:]} for the shell"
    return f"write ${text} where the shell is meant"
