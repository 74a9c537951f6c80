"""A card says what is known in its place, and of what is not that it is not."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.model_card_gen.cards import ABOUT, NOON, VERSION, all_known, event, facts

from tidegate.ledger.events import CanaryShare
from tidegate.model_card_gen import rendering, words
from tidegate.model_card_gen.assembling import card_of
from tidegate.model_card_gen.card import Card, Fact, Section, Table
from tidegate.model_card_gen.known import Known

TITLES = (
    "Model details",
    "Intended use",
    "Factors",
    "Metrics",
    "Quantitative analyses",
    "Evaluation data",
    "Training data",
    "Serving",
    "Ethical considerations",
    "Caveats and recommendations",
)


def full(**changes: Any) -> Card:
    return card_of(all_known(**changes), NOON)


def section(card: Card, title: str) -> Section:
    (found,) = (one for one in card.sections if one.title == title)
    return found


def told(card: Card, title: str) -> dict[str, str]:
    return {fact.label: fact.value for fact in section(card, title).facts}


def table(card: Card, title: str, name: str) -> dict[str, tuple[str, ...]]:
    (found,) = (one for one in section(card, title).tables if one.title == name)
    return {row[0]: row[1:] for row in found.rows}


def test_chapters_are_those_of_model_cards_in_their_order() -> None:
    assert tuple(one.title for one in full().sections) == TITLES


def test_card_of_all_that_is_known_lacks_nothing() -> None:
    assert [one.lacking for one in full().sections] == [()] * len(TITLES)


def test_card_of_nothing_says_of_each_chapter_what_was_not_given() -> None:
    card = card_of(Known(name="model"), NOON)
    assert all(one.lacking for one in card.sections)
    assert card.facts == (Fact("version", "not pushed"),)


def test_details_are_the_ledgers() -> None:
    details = told(full(), "Model details")
    assert details["version"] == str(VERSION)
    assert details["pushed"] == "2030-01-31 12:00 UTC by Pusher"
    assert details["became"] == "champion"
    assert details["files"] == "1 with 1.25 MB"
    assert details["SHA-256"] == "ab" * 32
    assert details["commit"] == "abc1234 with changes"
    assert details["made on"] == "Python 3.10.13, Linux x86_64"
    assert table(full(), "Model details", "Packages") == {"tfx": ("1.16.0",)}


@pytest.mark.parametrize(
    ("changes", "became"),
    [
        (
            {
                "champion": 1,
                "canary": CanaryShare(version=VERSION, percent=10),
            },
            "canary with 10 % of the requests",
        ),
        ({"champion": 1}, "none"),
        ({"champion": 1, "canary": CanaryShare(version=2, percent=10)}, "none"),
    ],
)
def test_what_the_push_made_of_it_is_told(changes: dict[str, Any], became: str) -> None:
    card = full(event=event(**changes))
    assert told(card, "Model details")["became"] == became


def test_settings_are_shown_but_no_secret_among_them() -> None:
    model = event().model
    assert model is not None
    given = {"epochs": 3, "api_key": "k", "store": [{"db_password": "p", "n": 5}]}
    origin = model.provenance.model_copy(update={"parameters": given})
    changed = event(model=model.model_copy(update={"provenance": origin}))
    settings_of = table(full(event=changed), "Model details", "Settings of the run")
    assert settings_of["epochs"] == ("3",)
    assert settings_of["api_key"] == ("(not shown)",)
    assert settings_of["store"] == ('[{"db_password": "(not shown)", "n": 5}]',)


def test_features_have_their_domains_and_how_often_they_are_missing() -> None:
    features = table(full(), "Training data", "Features")
    assert features == {
        "origin": ("text", "EWR, JFK, LGA", "25.0 %"),
        "distance": ("whole number", "80 to 5000", ""),
        "delay": ("number", "at least -120", ""),
        "email": ("text", "private", ""),
    }


def test_no_value_of_a_private_feature_gets_into_a_card() -> None:
    card = full()
    for text in (rendering.html(card), rendering.markdown(card)):
        assert "someone-private" not in text
    assert told(card, "Ethical considerations") == {"private features": "email"}


def test_data_tests_are_counted() -> None:
    data = told(full(), "Training data")
    assert data["data tests"] == ("27 passed, 1 warned, 4 failed, 1 skipped, 2 waived")
    assert data["in quarantine"] == "212 rows, 0.8 %"
    assert data["failing rows"] == "3,602 (13.1 %)"


def test_examples_and_their_rows_are_those_of_the_ledger() -> None:
    examples = table(full(), "Training data", "Examples")
    assert examples == {
        "gs://bucket/examples/7": ("9", "train 200, eval 100", "d1" * 8)
    }


def test_model_tests_stand_with_the_worst_first() -> None:
    rows = section(full(), "Metrics").tables[1].rows
    assert [row[-1] for row in rows] == ["failed", "passed", "passed"]


def test_figures_are_those_of_the_model_tests_and_of_the_explanation() -> None:
    card = full()
    assert len(section(card, "Quantitative analyses").figures) == 4
    (bars,) = section(card, "Factors").figures
    assert bars.kind == "values"
    assert rendering.html(card).count("<svg") == 5
    assert rendering.markdown(card).count("- Figure: ") == 5


def test_first_facts_are_the_metrics_and_not_the_counts() -> None:
    card = full(metrics={"auc": 0.9, "weighted_example_count": 9.0})
    labels = [fact.label for fact in card.facts]
    assert labels == [
        *("version", "owner", "pushed", "auc"),
        *("data tests", "model tests", "infra tests"),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (2013, "2013"),
        (27_574, "27,574"),
        (0.74214, "0.7421"),
        (0.000123, "0.000123"),
        (math.inf, "∞"),
        (math.nan, "not a number"),
    ],
)
def test_numbers_have_the_digits_that_count(value: float, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("size", "text"), [(999, "999 bytes"), (1000, "1 kB"), (1_250_000, "1.25 MB")]
)
def test_sizes_have_three_digits(size: int, text: str) -> None:
    assert words.bytes_of(size) == text


def test_what_did_not_hold_is_a_caveat() -> None:
    caveats = section(full(), "Caveats and recommendations").points
    assert caveats[0].texts == ABOUT.limits
    assert any("fleet team, until 2030-02-03" in text for text in caveats[1].texts)
    assert any(text.startswith("model test no_worse") for text in caveats[1].texts)


def test_what_the_owners_leave_open_is_said_to_be_open() -> None:
    short = ABOUT.model_copy(
        update={
            "not_intended_use": (),
            "limits": (),
            "ethical_considerations": (),
        }
    )
    card = full(about=short)
    for title in ("Intended use", "Caveats and recommendations"):
        (line,) = section(card, title).lacking
        assert line.endswith("the `about` file does not say")


def test_without_slices_it_says_so() -> None:
    card = full(facts=facts().model_copy(update={"slices": ()}))
    assert any("no slices" in line for line in section(card, "Factors").lacking)


def test_long_tables_say_what_they_leave_out() -> None:
    many = Table.of("t", ("a",), [("x",)] * 70, 60)
    assert (len(many.rows), many.left_out) == (60, 10)
    card = replace(full(), sections=(Section("s", tables=(many,)),))
    assert "and 10 more" in rendering.html(card)
    assert "and 10 more" in rendering.markdown(card)


def test_page_needs_nothing_from_outside() -> None:
    html = rendering.html(full())
    assert not re.search(r"https?://|\ssrc=|<link|url\(|<script", html)
    assert len(html) < 120_000


def test_markdown_has_a_table_row_on_each_line() -> None:
    lines = rendering.markdown(full()).splitlines()
    assert "| origin | text | EWR, JFK, LGA | 25.0 % |" in lines
    assert "# flights, version 1900000000" in lines
    assert "## Caveats and recommendations" in lines


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("binary_accuracy", "binary_accuracy"),
        ("_a_", r"\_a\_"),
        ("a | b", r"a \| b"),
        ("one\ntwo", "one two"),
        ("# no heading", r"\# no heading"),
        ("#none either", r"\#none either"),
        ("1. no list", r"1\. no list"),
        ("- no list", r"\- no list"),
        ("---", r"\---"),
        ("-1.5", "-1.5"),
        ("0.9", "0.9"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("[x](javascript:1)", r"\[x\](javascript:1)"),
        ("https://evil.example", r"https\://evil.example"),
        ("HTTP://evil.example", r"HTTP\://evil.example"),
        ("www.evil.example", r"www\.evil.example"),
        ("a@b.example", r"a\@b.example"),
        ("gs://bucket/a", "gs://bucket/a"),
        ("\u202ex", r"\\u202ex"),
    ],
)
def test_markdown_shows_foreign_text_as_it_is(text: str, shown: str) -> None:
    assert rendering.escaped(text) == shown


_ODD = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | (
    st.sampled_from(
        [
            "<script>alert(1)</script>\x1b\u202e",
            "'\"><img src=x onerror=alert(1)>",
            "{{ 7 * 7 }}{% raw %}",
            "| a | b |\n\n# h",
        ]
    )
)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = 0
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)
        self.open += tag != "meta"

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        self.seen.add(tag)

    def handle_endtag(self, tag: str) -> None:
        self.open -= 1


@settings(max_examples=20, deadline=None)
@given(text=_ODD)
def test_no_text_breaks_a_card_or_gets_out_of_it(text: str) -> None:
    about = ABOUT.model_copy(
        update={"owner": text, "purpose": (text, text), "limits": (text,)}
    )
    origin = event().model.provenance.model_copy(  # type: ignore[union-attr]
        update={"parameters": {text: text}, "pipeline": text}
    )
    pushed = event().model.model_copy(update={"provenance": origin})  # type: ignore[union-attr]
    known = all_known(
        name=text,
        uri=text,
        about=about,
        metrics={text: 0.5},
        reports={},
        event=event(by=text, reason=text, model=pushed),
    )
    card = card_of(known, NOON)
    html, markdown = rendering.html(card), rendering.markdown(card)
    tags = _Tags()
    tags.feed(html)
    assert tags.open == 0
    assert not tags.seen & {"script", "img", "b"}
    for written in (html, markdown):
        assert not {sign for sign in written if not sign.isprintable()} - {"\n"}
    headings = [line for line in markdown.splitlines() if line.startswith("#")]
    assert len(headings) == 1 + len(TITLES)
    assert "<script" not in markdown.replace("\\<", "")
