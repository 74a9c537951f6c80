"""A bill names packages by purl, is rooted in Tidegate, and stays as it is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from supply import bill


def component(name: str, line: int, **more: Any) -> dict[str, Any]:
    return {
        "bom-ref": f"requirements-L{line}",
        "description": f"requirements line {line}: {name}==1.0 --hash=sha256:00",
        "name": name,
        "purl": f"pkg:pypi/{name}@1.0",
        "type": "library",
        "version": "1.0",
        **more,
    }


def made(*names: str) -> dict[str, Any]:
    components = [component(name, line) for line, name in enumerate(names, 1)]
    return {
        "components": components,
        "dependencies": [{"ref": each["bom-ref"]} for each in components],
        "metadata": {
            "component": {
                "bom-ref": bill.ROOT,
                "type": "application",
                "name": "tidegate",
                "version": "1.2",
            }
        },
    }


INSTALLED = {
    "components": [
        {
            "bom-ref": "a==1.0",
            "purl": "pkg:pypi/a@1.0",
            "licenses": [{"license": {"id": "MIT"}}],
        },
        {"bom-ref": "b==2.0", "purl": "pkg:pypi/b@2.0"},
        {"bom-ref": "local"},
    ],
    "dependencies": [{"ref": "a==1.0", "dependsOn": ["b==2.0", "local"]}],
}


def test_packages_are_named_by_purl_without_the_lines_of_the_lock() -> None:
    plain = bill.plain(made("b", "a"))
    assert [one["bom-ref"] for one in plain["components"]] == [
        "pkg:pypi/a@1.0",
        "pkg:pypi/b@1.0",
    ]
    assert "requirements-L" not in json.dumps(plain)
    assert "description" not in plain["components"][0]


def test_range_is_kept_where_it_is_asked_for() -> None:
    kept = bill.plain(made("a"), keep=True)["components"][0]
    assert kept["properties"][0]["value"].startswith("a==1.0")


@given(st.permutations(["a", "b", "c", "d"]))
def test_order_of_the_lock_does_not_change_the_bill(names: list[str]) -> None:
    def whole(order: list[str]) -> str:
        known = bill.facts(INSTALLED)
        return json.dumps(
            bill.with_root(bill.with_links(bill.plain(made(*order)), known), order),
            sort_keys=True,
        )

    assert whole(names) == whole(sorted(names))


def test_facts_of_the_same_version_are_added_and_of_another_not() -> None:
    linked = bill.with_links(bill.plain(made("a", "b")), bill.facts(INSTALLED))
    of_a, of_b = linked["components"]
    assert of_a["licenses"] == [{"license": {"id": "MIT"}}]
    assert "licenses" not in of_b
    # b is locked at another version than is installed: a needs it all the same.
    assert linked["dependencies"][0]["dependsOn"] == ["pkg:pypi/b@1.0"]


def test_root_is_tidegate_and_depends_on_what_it_asks_for() -> None:
    base = {"image": "python", "tag": "3.13", "digest": "sha256:" + "ab" * 32}
    rooted = bill.with_root(bill.on_base(bill.plain(made("a", "B_b")), base), ["b-b"])
    assert rooted["metadata"]["component"]["purl"] == "pkg:pypi/tidegate@1.2"
    links = {link["ref"]: link.get("dependsOn") for link in rooted["dependencies"]}
    assert links[bill.ROOT] == [
        "pkg:pypi/B_b@1.0",
        "python@sha256:" + "ab" * 32,
    ]


def test_base_image_stands_in_it_by_digest() -> None:
    base = {"image": "python", "tag": "3.13", "digest": "sha256:" + "ab" * 32}
    last = bill.on_base(bill.plain(made("a")), base)["components"][-1]
    assert last["hashes"] == [{"alg": "SHA-256", "content": "ab" * 32}]
    assert last["type"] == "container"


def test_root_depends_on_every_version_that_a_marker_may_choose() -> None:
    both = made("a", "c")
    both["components"][1] |= {"name": "a", "purl": "pkg:pypi/a@2.0"}
    rooted = bill.with_root(bill.plain(both), ["a"])
    links = {link["ref"]: link.get("dependsOn") for link in rooted["dependencies"]}
    assert links[bill.ROOT] == ["pkg:pypi/a@1.0", "pkg:pypi/a@2.0"]
