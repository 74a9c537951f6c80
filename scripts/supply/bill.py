"""A bill of materials as a mapping: cleaned, linked and rooted. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from packaging.utils import canonicalize_name

ROOT = "root-component"
LINE = "requirements line "


def plain(made: Mapping[str, Any], keep: bool = False) -> dict[str, Any]:
    """The bill with each package named by its purl and without the lock's lines.

    Args:
        made: A bill of a requirements file.
        keep: Keep the line, which says the range where no version is said.
    """
    names = {each["bom-ref"]: each["purl"] for each in made["components"]}
    components = []
    for each in made["components"]:
        words = str(each.get("description", "")).partition(": ")[2]
        one = {**each, "bom-ref": each["purl"]}
        one.pop("description", None)
        if keep:
            one["properties"] = [{"name": "tidegate:requirement", "value": words}]
        components.append(one)
    links = [
        {**each, "ref": names.get(each["ref"], each["ref"])}
        for each in made["dependencies"]
    ]
    unique = {one["bom-ref"]: one for one in reversed(components)}
    refs = {link["ref"]: link for link in links}
    return {
        **made,
        "components": [unique[ref] for ref in sorted(unique)],
        "dependencies": [refs[ref] for ref in sorted(refs)],
    }


def facts(installed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Licenses and direct requirements of each installed package, by purl."""
    purls = {each["bom-ref"]: each.get("purl") for each in installed["components"]}
    found = {
        each["purl"]: {"licenses": each.get("licenses", []), "needs": []}
        for each in installed["components"]
        if "purl" in each
    }
    for link in installed["dependencies"]:
        purl = purls.get(link["ref"])
        if purl in found:
            needs = (purls.get(ref) for ref in link.get("dependsOn", ()))
            found[purl]["needs"] = sorted(_name(one) for one in needs if one)
    return found


def with_links(
    made: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    """The bill with the licenses and the links of the packages that are known."""
    refs = {
        canonicalize_name(one["name"]): one["bom-ref"] for one in made["components"]
    }
    components, links = [], []
    for one in made["components"]:
        fact = known.get(one["purl"], {})
        more = {"licenses": fact["licenses"]} if fact.get("licenses") else {}
        components.append({**one, **more})
        needs = sorted(refs[name] for name in fact.get("needs", ()) if name in refs)
        links.append({"ref": one["bom-ref"], **({"dependsOn": needs} if needs else {})})
    return {**made, "components": components, "dependencies": links}


def with_root(made: Mapping[str, Any], direct: Iterable[str]) -> dict[str, Any]:
    """The bill whose root, Tidegate, depends on what it asks for itself."""
    asked = {canonicalize_name(name) for name in direct}
    needs = sorted(
        one["bom-ref"]
        for one in made["components"]
        if canonicalize_name(one["name"]) in asked
    )
    if any(one["type"] == "container" for one in made["components"]):
        needs += [o["bom-ref"] for o in made["components"] if o["type"] == "container"]
    root = {**made["metadata"]["component"]}
    root["purl"] = f"pkg:pypi/{root['name']}@{root['version']}"
    links = [*made["dependencies"], {"ref": root["bom-ref"], "dependsOn": needs}]
    return {
        **made,
        "metadata": {**made["metadata"], "component": root},
        "dependencies": sorted(links, key=lambda link: str(link["ref"])),
    }


def on_base(made: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """The bill with the image that it is built on, by its digest."""
    digest = str(base["digest"])
    one = {
        "type": "container",
        "bom-ref": f"{base['image']}@{digest}",
        "name": base["image"],
        "version": str(base["tag"]),
        "hashes": [{"alg": "SHA-256", "content": digest.partition(":")[2]}],
    }
    return {**made, "components": [*made["components"], one]}


def of_file(made: Mapping[str, Any], name: str, sha256: str) -> dict[str, Any]:
    """The bill whose root is a file with that hash."""
    root = {
        **made["metadata"]["component"],
        "type": "library",
        "hashes": [{"alg": "SHA-256", "content": sha256}],
        "properties": [{"name": "tidegate:file", "value": name}],
    }
    return {**made, "metadata": {**made["metadata"], "component": root}}


def _name(purl: str) -> str:
    return str(canonicalize_name(purl.removeprefix("pkg:pypi/").partition("@")[0]))
