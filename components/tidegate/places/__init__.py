"""Places for small whole files: a local folder, or a store that fsspec knows.

A file is written once, whole, and never over another; the one exception is a
pointer, which is replaced in one step.
"""

from __future__ import annotations

from tidegate.places.opening import place_of
from tidegate.places.place import Place, Words

__all__ = ["Place", "Words", "place_of"]
