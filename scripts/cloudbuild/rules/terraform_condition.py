"""Whether a right holds for a part of a bucket only.

https://cloud.google.com/iam/docs/conditions-attribute-reference: `resource.name` of an
object is projects/_/buckets/BUCKET/objects/NAME. To list is a right on the bucket, so
that a part of it cannot be listed.
"""

from __future__ import annotations

import re

from cloudbuild.terraform import Block

_PART = re.compile(
    r"resource\.name\.startsWith\((['\"])projects/_/buckets/[^/'\"]+"
    r"/objects/[^'\"]*[^'\"/][^'\"]*\1\)"
)


def names_a_part(block: Block) -> bool:
    """Whether the condition of a right is nothing but beginnings of objects' names."""
    texts = [
        one.values["expression"].text
        for one in block.inner("condition")
        if "expression" in one.values
    ]
    if len(texts) != 1 or not re.fullmatch(r'"(?:[^"\\]|\\.)*"', texts[0]):
        return False
    expression = re.sub(r"\\(.)", r"\1", texts[0][1:-1])
    return all(_PART.fullmatch(one.strip()) for one in expression.split("||"))
