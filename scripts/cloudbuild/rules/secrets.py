"""Rules of secrets and of what a build's own account needs.

A version named `latest` is not refused: tokens are rotated, and a number would
take a commit for every rotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cloudbuild.build_file import BuildFile
from cloudbuild.checkout import Checkout
from cloudbuild.faults import Fault
from cloudbuild.fields import texts
from cloudbuild.rules.accounts import DEFAULT_ACCOUNT
from cloudbuild.rules.registry import rule
from tidegate.documents import Key, near_miss

NAMED_SECRET = re.compile(
    r"(^|_)(TOKEN|PASSWORD|PASSWD|SECRET|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$"
)
# Beginnings that the makers of tokens give them, so that they are found.
LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAIza[\w-]{30}|\bya29\.|\bgh[pousr]_\w{30}"
    r"|\bgithub_pat_\w{20}|\bglpat-\w{15}|\beyJ[\w-]{15,}\.[\w-]+\.|\bxox[bp]-\w"
)


def declared_secrets(file: BuildFile) -> dict[str, Key]:
    """The environment names that availableSecrets gives, with their places."""
    found: dict[str, Key] = {}
    secrets = file.build.available_secrets
    for number, one in enumerate(secrets.secret_manager):
        found[one.env] = ("availableSecrets", "secretManager", number, "env")
    for number, inline in enumerate(secrets.inline):
        for name in inline.env_map:
            found[name] = ("availableSecrets", "inline", number, "envMap", name)
    for number, old in enumerate(file.build.secrets):
        for name in old.secret_env:
            found[name] = ("secrets", number, "secretEnv", name)
    return found


def used_secrets(file: BuildFile) -> Iterator[tuple[str, Key]]:
    """Every secretEnv of the build with its place."""
    for number, step in enumerate(file.build.steps):
        for at, name in enumerate(step.secret_env):
            yield name, ("steps", number, "secretEnv", at)
    for at, name in enumerate(file.build.options.secret_env):
        yield name, ("options", "secretEnv", at)


@rule("secret-undeclared", "builds")
def secrets_are_declared(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every secretEnv is one that availableSecrets gives."""
    declared = declared_secrets(file)
    for name, path in used_secrets(file):
        if name not in declared:
            near = near_miss(name, declared)
            fix = "give it under availableSecrets.secretManager, by versionName and env"
            words = f"secretEnv {name} is not among availableSecrets"
            yield file.fault(path, words, f"write {near}" if near else fix)


@rule("secret-unused", "builds")
def secrets_are_used(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """Every secret that a build may read is read by a step.

    Cloud Build refuses others, and the account needs no right to them.
    """
    used = {name for name, _ in used_secrets(file)}
    for name, path in declared_secrets(file).items():
        if name not in used:
            words = f"the secret {name} is given to no step"
            yield file.fault(path, words, f"remove it, or write secretEnv: [{name}]")


@rule("secret-in-plain", "builds")
def secrets_are_references(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """No secret's value stands in the file, where everybody reads it."""
    fix = "keep it in Secret Manager and name it under availableSecrets"
    declared = [(("substitutions", k), v) for k, v in file.build.substitutions.items()]
    for path, text in [*texts(file.build), *declared]:
        if LOOKS_SECRET.search(text):
            yield file.fault(path, "this looks like a secret's value", fix)
    for path, key, value in _pairs(file):
        if NAMED_SECRET.search(key) and value and not LOOKS_SECRET.search(value):
            if _is_name(key, value):
                continue
            yield file.fault(path, f"{key} has its value in plain text", fix)


def _pairs(file: BuildFile) -> Iterator[tuple[Key, str, str]]:
    for name, value in file.build.substitutions.items():
        yield ("substitutions", name), name, value
    for path, text in texts(file.build):
        if "env" in path or "args" in path:
            key, _, value = text.partition("=")
            yield path, key, value


def _is_name(key: str, value: str) -> bool:
    """Whether a value names a secret: `_TOKEN_SECRET: my-token` does, and ${…}."""
    names_one = key.endswith("_SECRET") and re.fullmatch(r"[a-z0-9-]+", value)
    return bool(names_one or value.startswith(("$", "projects/")))


@rule("build-account", "builds")
def triggers_say_the_account(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """No build file names a service account: its trigger does, and that one counts.

    `gcloud builds submit` would run the file as whatever account it names.
    """
    account = file.build.service_account
    if account:
        broad = DEFAULT_ACCOUNT.search(account)
        words = "a default account, a broad one" if broad else "an account"
        yield file.fault(
            ("serviceAccount",),
            f"the build names {words}; a trigger's build has the trigger's",
            "remove it; write serviceAccount: in the trigger, one made for it",
        )


@rule("logging", "builds")
def logs_have_a_place(file: BuildFile, checkout: Checkout) -> Iterator[Fault]:
    """A build under an account of its own says where its logs go.

    Cloud Build refuses it otherwise: "if 'build.service_account' is specified,
    the build must either (a) specify 'build.logs_bucket', (b) use the
    REGIONAL_USER_OWNED_BUCKET option, (c) use CLOUD_LOGGING_ONLY or NONE logging".
    """
    build, options = file.build, file.build.options
    modes, buckets = options.LoggingMode, options.DefaultLogsBucketBehavior
    owned = buckets.REGIONAL_USER_OWNED_BUCKET
    if (
        build.logs_bucket
        or options.logging in (modes.CLOUD_LOGGING_ONLY, modes.NONE)
        or options.default_logs_bucket_behavior == owned
    ):
        return
    fix = "write logging: CLOUD_LOGGING_ONLY under options, or logsBucket: gs://…"
    if build.service_account:
        words = "a build with a serviceAccount must say where its logs go"
        yield file.fault(("serviceAccount",), words, fix)
    for trigger in checkout.triggers_of(file):
        if trigger.trigger.service_account:
            words = f"{trigger.name} gives an account; the build must say where logs go"
            yield file.fault(("options",), words, fix)
