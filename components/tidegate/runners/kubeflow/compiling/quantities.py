"""Kubernetes quantities, as KFP's spec wants them: cores, and billions of bytes.

The forms are those of the Kubernetes API (`500m`, `2`, `4Gi`, `1.5G`):
https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

from __future__ import annotations

import re
from decimal import Decimal

_FORM = re.compile(r"^(\d+(?:\.\d+)?)([A-Za-z]{0,2})$")
_BYTES = {
    "": Decimal(1),
    **{unit: Decimal(1000) ** power for power, unit in enumerate("kMGTPE", 1)},
    **{f"{unit}i": Decimal(1024) ** power for power, unit in enumerate("KMGTPE", 1)},
}
_CORES = {"": Decimal(1), "m": Decimal("0.001")}


def cores(text: str) -> float:
    """Processors that `text` means, such as 0.5 for `500m`.

    Raises:
        ValueError: It is not such a quantity, or nothing.
    """
    return _number(text, _CORES, "processors, such as 2 or 500m")


def gigabytes(text: str) -> float:
    """Billions of bytes that `text` means, such as 4.294967296 for `4Gi`.

    Raises:
        ValueError: It is not such a quantity, or nothing.
    """
    return _number(text, _BYTES, "memory, such as 4Gi or 500M", Decimal(10) ** 9)


def _number(
    text: str, units: dict[str, Decimal], wanted: str, over: Decimal = Decimal(1)
) -> float:
    found = _FORM.match(str(text).strip())
    if not found or found[2] not in units or not Decimal(found[1]):
        raise ValueError(f"{text!r} is no quantity of {wanted}")
    return float(Decimal(found[1]) * units[found[2]] / over)
