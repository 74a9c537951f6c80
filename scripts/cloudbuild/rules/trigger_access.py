"""Rules of what a trigger's builds may do, and who may start them."""

from __future__ import annotations

from collections.abc import Iterator

from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.rules.accounts import DEFAULT_ACCOUNT
from cloudbuild.rules.registry import rule
from cloudbuild.rules.secrets import declared_secrets
from cloudbuild.trigger_file import TriggerFile


@rule("trigger-account", "triggers")
def account_is_its_own(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """A trigger names a service account that was made for it.

    Without one Cloud Build takes a default, which may change the whole project.
    """
    account, path = file.trigger.service_account, ("serviceAccount",)
    if not account:
        words = "no serviceAccount: builds get the project's default, a broad one"
        fix = "write serviceAccount: projects/PROJECT/serviceAccounts/NAME@…"
        yield file.fault(path, words, fix)
    elif DEFAULT_ACCOUNT.search(account):
        words = "the serviceAccount is a default of the project, a broad one"
        yield file.fault(path, words, "make one for this trigger, with its rights only")


@rule("trigger-account-shared", "triggers")
def account_is_not_shared(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """No two triggers share a service account.

    What a pull request may do is then what a release may do.
    """
    account = file.trigger.service_account
    for other in checkout.triggers.values():
        same = other.trigger.service_account == account
        if account and same and other.name < file.name:
            words = f"{other.name} has the same service account"
            yield file.fault(("serviceAccount",), words, "give each its own")


@rule("trigger-pull-request-secrets", "triggers")
def pull_requests_get_no_secrets(
    file: TriggerFile, checkout: Checkout
) -> Iterator[Fault]:
    """The build of a pull request reads no secret: it runs what strangers wrote."""
    build = checkout.build_of(file)
    if "pull request" not in file.events or build is None:
        return
    for name in declared_secrets(build):
        words = f"a pull request would run {build.name}, which reads {name}"
        fix = "take it out of that build; main and tags may have secrets"
        yield file.fault(("filename",), words, fix)


@rule("trigger-comment-control", "triggers")
def strangers_wait_for_a_comment(
    file: TriggerFile, checkout: Checkout
) -> Iterator[Fault]:
    """A pull request of a stranger is built after a maintainer's /gcbrun only."""
    path = file.events.get("pull request")
    if path is None:
        return
    for field in ("github", "repository_event_config"):
        config = getattr(file.trigger, field)
        if file.trigger.HasField(field) and config.HasField("pull_request"):
            modes = config.pull_request.CommentControl
            if config.pull_request.comment_control == modes.COMMENTS_DISABLED:
                words = "anybody's pull request is built at once"
                fix = "write commentControl: "
                fix += "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
                yield file.fault((*path, "commentControl"), words, fix)


@rule("trigger-approval", "triggers")
def tags_are_approved(file: TriggerFile, checkout: Checkout) -> Iterator[Fault]:
    """The build of a tag waits for somebody's approval: it changes production."""
    approval = file.beyond.get("approvalConfig")
    required = isinstance(approval, dict) and approval.get("approvalRequired") is True
    if "tag" in file.events and not required:
        words = "whoever may push a tag changes production"
        fix = "write approvalConfig: {approvalRequired: true}"
        yield file.fault(("approvalConfig", "approvalRequired"), words, fix)
