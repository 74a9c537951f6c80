"""What the docker client answers to the commands that builds use.

The client is the one of the pinned builder: docker 20.10 with buildx 0.10, and
options that came later are refused as it would refuse them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

from cloudbuild.stand_ins.arguments import Arguments, Command, command
from cloudbuild.stand_ins.dockerfile import check
from cloudbuild.stand_ins.references import Reference, Refusal, by_digest, by_tag, parse
from cloudbuild.stand_ins.registry import Registry, manifest

BUILD_VALUES = (
    "-f --file -t --tag --build-arg --cache-from --label --target --platform"
    " --iidfile --progress --network --secret --output -o"
)
BUILD_FLAGS = "--pull --no-cache -q --quiet --rm --force-rm"
# What only `docker buildx build` has.
BUILDX_VALUES = " --cache-to --metadata-file --builder --provenance --sbom --attest"
BUILDX_FLAGS = " --push --load"
_INDEX = re.compile(r"\{\{\s*\(?index \.RepoDigests 0\)?\s*\}\}")
_CACHE_TYPES = {"registry", "inline", "gha", "local"}


def build(call: Arguments, registry: Registry) -> str:
    """Builds: checks the Dockerfile, its arguments and files; gives an id."""
    names = [by_tag(text) for text in call.all("-t", "--tag")]
    if not names:
        raise Refusal("no -t: an image without a name is of no use to a later step")
    context = Path(call.words[0])
    if not context.is_dir():
        raise Refusal(f"unable to prepare context: path {context} not found")
    file = Path(call.last("-f", "--file") or context / "Dockerfile")
    if not file.is_file():
        raise Refusal(f"failed to read dockerfile: open {file}: no such file")
    identity = check(file, context, _build_arguments(call), call.last("--target"))
    for cache in call.all("--cache-from", "--cache-to"):
        _check_cache(cache)
    for name in names:
        registry.local[str(name)] = identity
    if call.last("--push") or "push=true" in (call.last("-o", "--output") or ""):
        for name in names:
            registry.push(name)
    _write_files(call, identity, names)
    said = "".join(f"#9 naming to {name} done\n" for name in names)
    return f"#9 writing image {identity} done\n{said}"


def _build_arguments(call: Arguments) -> dict[str, str]:
    given = {}
    for text in call.all("--build-arg"):
        name, equals, value = text.partition("=")
        if not equals:
            raise Refusal(f"--build-arg {name} takes its value from the environment")
        given[name] = value
    return given


def _check_cache(text: str) -> None:
    fields = dict(part.partition("=")[::2] for part in text.split(",") if "=" in part)
    if not fields:
        parse(text)
    elif fields.get("type") not in _CACHE_TYPES:
        raise Refusal(f"cache {text}: type is one of {sorted(_CACHE_TYPES)}")
    elif fields["type"] == "registry":
        parse(fields.get("ref", ""))


def _write_files(call: Arguments, identity: str, names: list[Reference]) -> None:
    if path := call.last("--iidfile"):
        Path(path).write_text(identity, encoding="utf-8")
    if path := call.last("--metadata-file"):
        metadata = {
            "containerimage.config.digest": identity,
            "containerimage.digest": manifest(identity),
            "image.name": ",".join(map(str, names)),
        }
        Path(path).write_text(json.dumps(metadata), encoding="utf-8")


def push(call: Arguments, registry: Registry) -> str:
    """Pushes an image that was built or tagged before."""
    name = by_tag(call.words[0])
    digest = registry.push(name)
    return (
        f"The push refers to repository [{name.repository}]\n"
        f"{name.tag}: digest: {digest} size: 1784\n"
    )


def pull(call: Arguments, registry: Registry) -> str:
    """Pulls an image that was pushed; others are not in this registry."""
    one = parse(call.words[0])
    digest = registry.find(one)
    for name, identity in list(registry.local.items()):
        if manifest(identity) == digest:
            registry.local[str(one) if not one.digest else name] = identity
    return f"Digest: {digest}\nStatus: Downloaded newer image for {one}\n{one}\n"


def tag(call: Arguments, registry: Registry) -> str:
    """Gives a local image another name."""
    source, target = parse(call.words[0]), by_tag(call.words[1])
    registry.local[str(target)] = _identity(source, registry)
    return ""


def inspect(call: Arguments, registry: Registry) -> str:
    """Shows an image: whole, or by the few templates that builds use."""
    one = parse(call.words[0])
    identity = _identity(one, registry)
    digest = manifest(identity)
    places = sorted(
        repository for repository, held in registry.digests.items() if digest in held
    )
    digests = [f"{place}@{digest}" for place in places]
    template = call.last("--format", "-f")
    if template is None:
        return json.dumps([{"Id": identity, "RepoDigests": digests}], indent=2) + "\n"
    if _INDEX.fullmatch(template.strip()):
        if not digests:
            raise Refusal(
                "template parsing error: error calling index: out of range: 0"
            )
        return digests[0] + "\n"
    shown = {
        "{{.Id}}": identity,
        "{{json .RepoDigests}}": json.dumps(digests),
        '{{join .RepoDigests "\\n"}}': "\n".join(digests),
        "{{range .RepoDigests}}{{println .}}{{end}}": "\n".join(digests),
    }
    if template not in shown:
        raise Refusal(f"the template {template} is not known here: {list(shown)}")
    return shown[template] + "\n"


def run(call: Arguments, registry: Registry) -> str:
    """Starts an image that is here, by its digest, and lets it go again."""
    one = by_digest(call.words[0])
    _identity(one, registry)
    if not call.last("--rm"):
        raise Refusal("without --rm every build leaves a container")
    return f"{one} was started: its own command, which ended well\n"


def version(call: Arguments, registry: Registry) -> str:
    """Says that it is a stand-in."""
    return "Docker version 0.0.0, a stand-in that records its calls\n"


def _identity(one: Reference, registry: Registry) -> str:
    found = registry.local.get(f"{one.repository}:{one.tag or 'latest'}")
    if one.digest:
        ids = [i for i in registry.local.values() if manifest(i) == one.digest]
        found = ids[0] if ids else None
    elif found is None and one.repository == "sha256":
        found = (
            f"sha256:{one.tag}"
            if f"sha256:{one.tag}" in (registry.local.values())
            else None
        )
    if found is None:
        raise Refusal(f"No such image: {one}")
    return found


_BUILD = command(
    build, BUILD_VALUES + BUILDX_VALUES, BUILD_FLAGS + BUILDX_FLAGS, (1, 1)
)
_CLASSIC = command(build, BUILD_VALUES, BUILD_FLAGS, (1, 1))
_INSPECT = command(inspect, "--format -f --type", "", (1, 1))
COMMANDS: dict[tuple[str, ...], Command] = {
    ("build",): _CLASSIC,
    ("image", "build"): _CLASSIC,
    ("buildx", "build"): _BUILD,
    ("push",): command(push, "--platform", "-q --quiet", (1, 1)),
    ("image", "push"): command(push, "--platform", "-q --quiet", (1, 1)),
    ("pull",): command(pull, "--platform", "-q --quiet", (1, 1)),
    ("tag",): command(tag, words=(2, 2)),
    ("inspect",): _INSPECT,
    ("image", "inspect"): _INSPECT,
    ("run",): command(run, "--network --user -u --env -e", "--rm --read-only", (1, 9)),
    ("version",): command(version, "--format -f"),
    ("--version",): command(version),
}
