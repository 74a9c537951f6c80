"""The variable that tells a step the image that it runs in.

An image cannot know its own digest; a spec that names it by digest does. So the spec
tells each of its containers, over what the image says of itself.
"""

from __future__ import annotations

from tidegate.pusher.environment import IMAGE_VARIABLE


def image_variable(image: str) -> dict[str, str]:
    """The variable for a container of that image.

    Args:
        image: Reference of the image. One without a digest says less than what is
            written into the image when it is built, so there is no variable then.
    """
    return {IMAGE_VARIABLE: image} if "@" in image else {}


def tells_image(name: object, value: object, image: object) -> bool:
    """Whether a variable of a container says what its image says already."""
    return name == IMAGE_VARIABLE and value == image
