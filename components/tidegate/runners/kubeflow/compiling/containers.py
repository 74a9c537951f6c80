"""The container of a step: image, command, environment and resources."""

from __future__ import annotations

from typing import Any

from tidegate.runners.kubeflow.compiling import quantities
from tidegate.runners.kubeflow.compiling.deployment import Step
from tidegate.runners.kubeflow.image_variable import image_variable
from tidegate.runners.kubeflow.invocation import Invocation

COMMAND = ("python", "-m", "tidegate.runners.kubeflow.entrypoint")


def container(invocation: Invocation, needs: Step, image: str) -> dict[str, Any]:
    """A PipelineContainerSpec."""
    return described(
        needs,
        image,
        COMMAND,
        ("--invocation", invocation.to_text(), "--executor-input", "{{$}}"),
    )


def described(
    needs: Step, image: str, command: tuple[str, ...], args: tuple[str, ...]
) -> dict[str, Any]:
    """A PipelineContainerSpec of any command."""
    image = needs.image or image
    said: dict[str, Any] = {
        "image": image,
        "command": list(command),
        "args": list(args),
    }
    if given := variables(needs, image):
        said["env"] = given
    if wanted := resources(needs):
        said["resources"] = wanted
    return said


def variables(needs: Step, image: str) -> list[dict[str, str]]:
    """Environment variables of a container of an image, by name."""
    said = {**image_variable(image), **needs.env}
    return [{"name": name, "value": value} for name, value in sorted(said.items())]


def resources(needs: Step) -> dict[str, Any]:
    """Numbers, as every version of KFP v2 takes them; newer ones have text beside."""
    said: dict[str, Any] = {}
    for key, given, read in (
        ("cpu", needs.cpu, quantities.cores),
        ("memory", needs.memory, quantities.gigabytes),
    ):
        if given is not None:
            asked = {"Request": given.request, "Limit": given.limit}
            said |= {key + what: read(text) for what, text in asked.items() if text}
    if needs.gpu is not None:
        # A 64-bit number is text in the JSON of protocol buffers.
        said["accelerator"] = {"type": needs.gpu.type, "count": str(needs.gpu.count)}
    return said
