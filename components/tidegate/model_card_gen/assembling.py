"""Puts the chapters of a model card together. Pure."""

from __future__ import annotations

from datetime import datetime

from tidegate.data_tests.private_columns import pii_columns
from tidegate.model_card_gen import data, origins, quality
from tidegate.model_card_gen.card import Card, Fact, Points, Section
from tidegate.model_card_gen.known import Known
from tidegate.model_card_gen.words import moment, number

USE, ETHICS = "Intended use", "Ethical considerations"
CAVEATS = "Caveats and recommendations"
_MOST_METRICS = 4
_MOST_WEAK = 20
_COUNT = "example_count"  # says nothing of how good a model is
_NO_ABOUT = "no `about` file was given"


def card_of(known: Known, made: datetime) -> Card:
    """The card of a model: what is known in its place, what is not by a word.

    Args:
        known: What there is to say.
        made: When the card is made.
    """
    return Card(
        name=known.name,
        version=known.version,
        lead=_lead(known),
        facts=tuple(_first(known)),
        sections=(
            origins.details(known),
            _use(known),
            quality.factors(known),
            quality.metrics(known),
            quality.analyses(known),
            data.evaluation(known),
            data.training(known),
            quality.serving(known),
            _ethics(known),
            _caveats(known),
        ),
        made=moment(made),
    )


def _lead(known: Known) -> str:
    if known.about is not None:
        return known.about.purpose[0]
    return "What it is for was not said."


def _first(known: Known) -> list[Fact]:
    """What is asked first: whose, since when, how good, how well tested."""
    facts = [Fact("version", "not pushed" if not known.version else str(known.version))]
    if known.about is not None:
        facts.append(Fact("owner", known.about.owner))
    if known.event is not None:
        facts.append(Fact("pushed", moment(known.event.at)))
    told = [name for name in known.metrics if not name.endswith(_COUNT)]
    for name in told[:_MOST_METRICS]:
        facts.append(Fact(name, number(known.metrics[name])))
    for kind, report in known.reports.items():
        ran = len(report.results) - len(report.skipped)
        passed = report.counts["passed"]
        facts.append(Fact(f"{kind} tests", f"{passed:,} of {ran:,} passed"))
    return facts


def _use(known: Known) -> Section:
    about = known.about
    if about is None:
        return Section(USE, lacking=(f"what it is for: {_NO_ABOUT}",))
    told = (
        Points("Purpose", about.purpose),
        Points("For", about.intended_use),
        Points("Not for", about.not_intended_use),
    )
    lacking = [
        f"{what}: the `about` file does not say"
        for what, texts in (
            ("what it may be used for", about.intended_use),
            ("what it must not be used for", about.not_intended_use),
        )
        if not texts
    ]
    return Section(
        USE, points=tuple(one for one in told if one.texts), lacking=tuple(lacking)
    )


def _ethics(known: Known) -> Section:
    facts: list[Fact] = []
    if known.schema is not None:
        private = ", ".join(sorted(pii_columns(known.schema)))
        facts.append(Fact("private features", private or "none is marked"))
    texts = known.about.ethical_considerations if known.about else ()
    if texts:
        points = (Points("Considered", texts),)
        return Section(ETHICS, facts=tuple(facts), points=points)
    why = "the `about` file does not say" if known.about else _NO_ABOUT
    return Section(ETHICS, facts=tuple(facts), lacking=(f"whom it may harm: {why}",))


def _caveats(known: Known) -> Section:
    points = []
    lacking = []
    if known.about and known.about.limits:
        points.append(Points("Known limits", known.about.limits))
    else:
        why = "the `about` file does not say" if known.about else _NO_ABOUT
        lacking.append(f"where it is weak: {why}")
    weak = quality.weak(known.reports.values())
    if weak:
        more = len(weak) - _MOST_WEAK
        shown = [*weak[:_MOST_WEAK], *([f"and {more:,} more"] if more > 0 else [])]
        points.append(Points("Tests that did not hold", tuple(shown)))
    return Section(CAVEATS, points=tuple(points), lacking=tuple(lacking))
