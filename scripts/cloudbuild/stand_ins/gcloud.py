"""What gcloud answers to the commands that builds use."""

from __future__ import annotations

import json
import re

from cloudbuild.stand_ins.arguments import Arguments, Command, command
from cloudbuild.stand_ins.references import Refusal, by_digest, by_tag, parse
from cloudbuild.stand_ins.registry import Registry

# gcloud's flags for every command that a build may need.
WIDE_VALUES = "--project --format --verbosity --account --location --region"
WIDE_FLAGS = "--quiet -q"
_REGISTRY_HOST = re.compile(r"[a-z0-9-]+-docker\.pkg\.dev|gcr\.io|[a-z]+\.gcr\.io")


def describe(call: Arguments, registry: Registry) -> str:
    """Shows an image of the registry."""
    one = parse(call.words[0])
    digest = registry.find(one)
    name = f"{one.repository}@{digest}"
    wanted = call.last("--format")
    shown = {
        None: f"image_summary:\n  digest: {digest}\n  fully_qualified_digest: {name}\n",
        "value(image_summary.digest)": f"{digest}\n",
        "get(image_summary.digest)": f"{digest}\n",
        "value(image_summary.fully_qualified_digest)": f"{name}\n",
        "json": json.dumps(
            {"image_summary": {"digest": digest, "fully_qualified_digest": name}}
        )
        + "\n",
    }
    if wanted not in shown:
        raise Refusal(f"the format {wanted} is not known here")
    return shown[wanted]


def add_tag(call: Arguments, registry: Registry) -> str:
    """Gives an image of the registry a tag; the image by its digest only."""
    source, target = by_digest(call.words[0]), by_tag(call.words[1])
    if source.repository != target.repository:
        raise Refusal(f"{source} and {target} are not of one repository")
    if parse(call.words[1]).tag is None:
        raise Refusal(f"{call.words[1]} has no tag")
    digest = registry.find(source)
    had = registry.pushed.get(str(target))
    registry.pushed[str(target)] = digest
    if had not in (None, digest):
        return f"Moved tag [{target}] from [{had}] to [{digest}].\n"
    return f"Added tag [{target}] to image [{source.repository}@{digest}].\n"


def list_tags(call: Arguments, registry: Registry) -> str:
    """Shows the tags of a repository."""
    tags = registry.tags(parse(call.words[0]).repository)
    wanted = call.last("--format")
    if wanted == "json":
        said = [{"tag": tag, "version": digest} for tag, digest in tags.items()]
        return json.dumps(said) + "\n"
    if wanted is not None:
        raise Refusal(f"the format {wanted} is not known here")
    return "".join(f"{tag}  {digest}\n" for tag, digest in tags.items())


def configure_docker(call: Arguments, registry: Registry) -> str:
    """Lets docker log in to registries by gcloud."""
    for host in call.words[0].split(",") if call.words else ["gcr.io"]:
        if not _REGISTRY_HOST.fullmatch(host):
            raise Refusal(f"{host} is no host of a registry of Google's")
    return "Docker configuration file updated.\n"


def version(call: Arguments, registry: Registry) -> str:
    """Says that it is a stand-in."""
    return "Google Cloud SDK 0.0.0, a stand-in that records its calls\n"


def _command(answer: object, words: tuple[int, int], values: str = "") -> Command:
    return command(answer, f"{WIDE_VALUES} {values}", WIDE_FLAGS, words)  # type: ignore[arg-type]


_IMAGES = ("artifacts", "docker", "images")
_TAGS = ("artifacts", "docker", "tags")
COMMANDS: dict[tuple[str, ...], Command] = {
    (*_IMAGES, "describe"): _command(describe, (1, 1)),
    (*_TAGS, "add"): _command(add_tag, (2, 2)),
    (*_TAGS, "list"): _command(list_tags, (1, 1), "--filter --limit"),
    ("auth", "configure-docker"): _command(configure_docker, (0, 1)),
    ("version",): _command(version, (0, 0)),
    ("--version",): _command(version, (0, 0)),
}
