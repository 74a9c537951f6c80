"""Rules of triggers in Terraform files, as those of trigger files are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.patterns import wrong_pattern
from cloudbuild.rules.registry import rule
from cloudbuild.rules.secrets import declared_secrets
from cloudbuild.rules.trigger_build import may_stay_empty
from cloudbuild.terraform import Block, TerraformFile, Value
from cloudbuild.terraform_values import followed, pattern_of, spelled_out
from tidegate.documents import near_miss

TRIGGER = "google_cloudbuild_trigger"
HOSTS = ("github", "repository_event_config", "bitbucket_server_trigger_config")


def _all(checkout: Checkout) -> Iterator[tuple[TerraformFile, Block]]:
    for file in checkout.terraform.values():
        for block in file.resources(TRIGGER):
            yield file, block


def events(block: Block, name: str) -> Iterator[Block]:
    """The blocks of one event of a trigger: `push` or `pull_request`."""
    for kind in HOSTS:
        for config in block.inner(kind):
            yield from config.inner(name)


def account_of(checkout: Checkout, file: TerraformFile, block: Block) -> str | None:
    """The account that a trigger names, without `.id`, `.name` or `.email`."""
    value = block.values.get("service_account")
    if value is None:
        return None
    text = spelled_out(checkout, file, value)
    found = re.search(r"google_service_account\.\w+(\[[^\]]*\])?", text)
    return found[0] if found else text


@rule("tf-trigger-account", "terraform")
def trigger_has_an_account(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger names a service account, and no other trigger has it too."""
    for block in file.resources(TRIGGER):
        account = account_of(checkout, file, block)
        if account is None:
            words = "no service_account: builds get the project's default, a broad one"
            fix = "write service_account = google_service_account.NAME.id"
            yield file.fault(block.line, words, fix)
            continue
        for other_file, other in _all(checkout):
            before = (other_file.name, other.line) < (file.name, block.line)
            same = account_of(checkout, other_file, other) == account
            if before and same and "each." not in account:
                words = f"{other.labels[1]} has the same service account"
                line = block.line_of("service_account")
                yield file.fault(line, words, "give each trigger its own")


@rule("tf-pull-request-secrets", "terraform")
def pull_requests_get_no_secrets(
    file: TerraformFile, checkout: Checkout
) -> Iterator[Fault]:
    """The build of a pull request reads no secret: it runs what strangers wrote."""
    for block in file.resources(TRIGGER):
        name = block.values.get("filename")
        build = checkout.builds.get((name.literal or "") if name else "")
        if name and build and any(events(block, "pull_request")):
            for secret in declared_secrets(build):
                words = f"a pull request would run {build.name}, which reads {secret}"
                fix = "take it out of that build; main and tags may have secrets"
                yield file.fault(name.line, words, fix)


@rule("tf-comment-control", "terraform")
def strangers_wait_for_a_comment(
    file: TerraformFile, checkout: Checkout
) -> Iterator[Fault]:
    """A pull request of a stranger is built after a maintainer's /gcbrun only."""
    for block in file.resources(TRIGGER):
        for event in events(block, "pull_request"):
            value = event.values.get("comment_control")
            if value is None or value.literal == "COMMENTS_DISABLED":
                line = event.line_of("comment_control")
                fix = 'write comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_'
                fix += 'CONTRIBUTORS_ONLY"'
                yield file.fault(line, "anybody's pull request is built at once", fix)


@rule("tf-pattern", "terraform")
def patterns_are_whole(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A pattern is tied at both ends, and no push of just any name starts a build.

    A variable's default counts; without one it needs a validation.
    """
    for block in file.resources(TRIGGER):
        for kind, event in _patterns(block):
            given = event.values.get(kind)
            if given is None:
                continue
            value, where = followed(checkout, file, given)
            pattern = pattern_of(checkout, file, value)
            if pattern is None:
                if not _is_validated(checkout, value.text):
                    words = f"the pattern {value.text} cannot be read here"
                    fix = "write it as a text, or give the variable a default"
                    yield Fault(where, value.line, words, fix)
                continue
            invert = event.values.get("invert_regex")
            inverted = invert is not None and invert.text != "false"
            any_base = kind == "branch" and event.kind == "pull_request"
            wrong = wrong_pattern(pattern, kind, inverted, any_base)
            if wrong:
                yield Fault(where, value.line, wrong[0], wrong[1].replace("\\", "\\\\"))


def _patterns(block: Block) -> Iterator[tuple[str, Block]]:
    """The branches and tags of a trigger: what is asked for, and the event's block."""
    for event in (*events(block, "push"), *events(block, "pull_request")):
        yield from (("branch", event), ("tag", event))


def _is_validated(checkout: Checkout, text: str) -> bool:
    """Whether a text is one variable whose values are looked at."""
    return any(
        block.kind == "variable"
        and text == f"var.{block.labels[0]}"
        and any(block.inner("validation"))
        for file in checkout.terraform.values()
        for block in file.blocks
    )


@rule("tf-approval", "terraform")
def tags_are_approved(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """The build of a tag waits for somebody's approval: it changes production."""
    for block in file.resources(TRIGGER):
        if not any("tag" in push.values for push in events(block, "push")):
            continue
        approval = [one.values for one in block.inner("approval_config")]
        required = approval[0].get("approval_required") if approval else None
        if required is None or required.text != "true":
            line = required.line if required else block.line
            fix = "write approval_config { approval_required = true }"
            yield file.fault(line, "whoever may push a tag changes production", fix)


@rule("tf-build-file", "terraform")
def build_file_is_there(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger names a build file of the checkout."""
    for block in file.resources(TRIGGER):
        value = block.values.get("filename")
        name = value.literal if value else None
        if value and name and not os.path.isfile(checkout.root / name):
            near = near_miss(name, checkout.builds)
            fix = f"write {near or 'one that is there'}"
            yield file.fault(value.line, f"the checkout has no {name}", fix)


@rule("tf-substitution", "terraform")
def values_are_asked_for(file: TerraformFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger gives what its build file declares: no more, and all that is empty."""
    for block in file.resources(TRIGGER):
        value, name = block.values.get("substitutions"), block.values.get("filename")
        build = checkout.builds.get((name.literal or "") if name else "")
        if build is None:
            continue
        given = _keys(value) if value else {}
        declared = build.build.substitutions
        for key, line in given.items():
            if key not in declared:
                near = near_miss(key, declared)
                fix = f"write {near}" if near else "remove it"
                yield file.fault(line, f"{build.name} does not declare {key}", fix)
        for key, default in declared.items():
            if not (default or key in given or may_stay_empty(build, key)):
                words = (
                    f"{build.name} declares {key} empty, and nobody gives it a value"
                )
                line = block.line_of("substitutions")
                yield file.fault(line, words, f"give {key} under substitutions")


def _keys(value: Value) -> dict[str, int]:
    """The keys of an object with their lines."""
    found = re.finditer(r"(?:^|[{,])\s*\"?(\w+)\"?\s*[=:](?![=>])", value.text, re.M)
    return {
        one[1]: value.line + value.text.count("\n", 0, one.start(1)) for one in found
    }
