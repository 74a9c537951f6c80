"""Vocabularies as TFT makes them of token counts: merged, pruned, written.

Each function stands for one Beam transform of TFT's `analyzer_impls` and keeps
its order of elements, for the order of a vocabulary is the order of its ids.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

Ranked: TypeAlias = list[tuple[Any, Any]]
"""Pairs of what a token is ranked by and the token."""

_NO_THRESHOLD = float("-inf")


def merged(pairs: Sequence[tuple[Hashable, Any]], combine: Any) -> dict[Hashable, Any]:
    """What `combine` (a Beam CombineFn) makes of each token's values."""
    states: dict[Hashable, Any] = {}
    for token, value in pairs:
        state = states.get(token)
        if state is None:
            state = combine.create_accumulator()
        states[token] = combine.add_input(state, value)
    return {token: combine.extract_output(state) for token, state in states.items()}


def pruned(
    pairs: Ranked,
    *,
    frequency: float,
    informativeness: float,
    top_k: int | None,
    key_of: Callable[[Any], Any] | None,
    as_token: Callable[[Any], Any],
    dummy: tuple[Any, Any],
) -> Ranked:
    """The pairs that pass the thresholds, and of these the highest.

    Args:
        pairs: All tokens; a rank may be a pair of informativeness and frequency.
        frequency: Least frequency.
        informativeness: Least informativeness.
        top_k: How many to keep, for each key if there is `key_of`; None for all.
        key_of: The key of a token.
        as_token: Makes of a token what stands in the vocabulary.
        dummy: What an empty vocabulary holds.
    """
    if frequency > 0 or informativeness > _NO_THRESHOLD:
        pairs = [pair for pair in pairs if _passes(pair[0], frequency, informativeness)]
    pairs = [(_one(rank), as_token(token)) for rank, token in pairs]
    if top_k is None:
        return pairs
    if key_of is None:
        return sorted(pairs, reverse=True)[:top_k] or [dummy]
    by_key: dict[Any, Ranked] = {}
    for pair in pairs:
        by_key.setdefault(key_of(pair[1]), []).append(pair)
    found = [sorted(of_key, reverse=True)[:top_k] for of_key in by_key.values()]
    return [pair for of_key in found for pair in of_key]


def _passes(rank: Any, frequency: float, informativeness: float) -> bool:
    if isinstance(rank, tuple):
        return bool(rank[1] >= frequency and rank[0] >= informativeness)
    return bool(rank >= frequency)


def _one(rank: Any) -> Any:
    return rank[0] if isinstance(rank, tuple) else rank


def ordered(
    pairs: Ranked,
    *,
    shuffled: bool,
    is_sorted: bool,
    reserved: Sequence[bytes] | None,
    dummy: tuple[Any, Any],
) -> Ranked:
    """The pairs in the order of the vocabulary.

    Args:
        pairs: Ranks and tokens.
        shuffled: True orders by a fingerprint of the token.
        is_sorted: Whether the pairs come in their order already.
        reserved: Tokens that stand first.
        dummy: What an empty vocabulary holds.
    """
    if is_sorted and reserved is None:
        return pairs
    if reserved is not None:
        taken = set(reserved)
        pairs = [pair for pair in pairs if pair[1] not in taken]
    if shuffled:
        pairs = sorted(pairs, key=lambda pair: _fingerprint(pair[1]))
    else:
        pairs = sorted(pairs, reverse=True)
    return [(-1, token) for token in reserved or ()] + pairs or [dummy]


def _fingerprint(token: bytes) -> bytes:
    # TFT's own choice: a stable shuffle, nothing that has to be kept secret.
    return hashlib.sha1(token).digest()


def lines(
    pairs: Ranked, *, with_rank: bool, as_text: Callable[[Any], str]
) -> list[bytes]:
    """What the file of a vocabulary holds for each token."""
    if not with_rank:
        return [token for _, token in pairs]
    return [f"{rank} {as_text(token)}".encode() for rank, token in pairs]


def write_text(path: Path, entries: Sequence[bytes]) -> None:
    """Writes a vocabulary file, one token a line."""
    path.write_bytes(b"".join(entry + b"\n" for entry in entries))


def mutual_information(
    by_token: Mapping[Hashable, Any],
    *,
    sentinels: Sequence[Any],
    least_difference: Callable[[Any], float],
    information: Callable[..., tuple[Any, tuple[Any, Any, Any]]],
    adjusted: bool,
) -> Ranked:
    """Tokens ranked by a pair of their information on the label and frequency.

    Args:
        by_token: Each token's means and weights, and those of all rows under a
            sentinel.
        sentinels: Names that the sentinel may have.
        least_difference: Makes TFT's `min_diff_from_avg` of the sentinel's.
        information: TFT's function of a token's means and the sentinel's.
        adjusted: Whether to take off what chance would give.
    """
    every = next((by_token[s] for s in sentinels if s in by_token), None)
    if every is None:
        return []
    least = least_difference(every)
    found: Ranked = []
    for token, means in by_token.items():
        if token not in sentinels:
            _, (bits, _, frequency) = information(
                (token, means), every, adjusted, least
            )
            found.append(((bits, frequency), token))
    return found
