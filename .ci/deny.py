"""Holds the dependencies, as `cargo metadata` lists them, against deny.toml: licences, wildcards, sources.

    python3 .ci/deny.py

cargo-deny checks the same file, and more, in .ci/full. This script takes a second where cargo-deny takes
minutes to install, so that every change is checked. It refuses what it does not understand in deny.toml, so
that no line there is left unchecked here without a word. Needs Python 3.11, or the package tomli.
"""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

try:
    import tomllib
except ImportError:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
#: Every key of deny.toml that is understood, and what it may say where that is fixed.
UNDERSTOOD = {
    "graph": {"all-features": [True]},
    "licenses": {"allow": None, "include-dev": [True]},
    "bans": {
        "multiple-versions": ["allow", "warn", "deny"],
        "wildcards": ["deny"],
        "allow-wildcard-paths": [True, False],
    },
    "sources": {"unknown-registry": ["deny"], "unknown-git": ["deny"], "allow-registry": None},
}


def understand(rules):
    """What deny.toml asks for and this script cannot check."""
    for section, keys in rules.items():
        for key, asked in keys.items():
            known = UNDERSTOOD.get(section, {})
            if key not in known or (known[key] is not None and asked not in known[key]):
                yield f"deny.toml: [{section}] {key} = {asked!r} is not understood by .ci/deny.py"


def is_allowed(expression, allowed):
    """Whether an SPDX expression can be met with the allowed licences: OR needs one side, AND both."""
    words = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either():
        met = both()
        while words[:1] == ["OR"]:
            words.pop(0)
            met |= both()
        return met

    def both():
        met = one()
        while words[:1] == ["AND"]:
            words.pop(0)
            met &= one()
        return met

    def one():
        name = words.pop(0)
        if name == "(":
            met = either()
            words.pop(0)
            return met
        if words[:1] == ["WITH"]:
            name = " ".join([name, words.pop(0), words.pop(0)])
        return name in allowed

    return either() and not words


def violations(rules, packages):
    """One line for each rule that a package breaks."""
    allowed, registries = set(rules["licenses"]["allow"]), rules["sources"]["allow-registry"]
    for package in packages:
        name, source = f"{package['name']} {package['version']}", package["source"]
        if not is_allowed(package["license"] or "none", allowed):
            yield f"{name}: licence {package['license']} is not allowed"
        if source is not None and source.removeprefix("registry+") not in registries:
            yield f"{name}: comes from {source}"
        if source is None:
            for wanted in package["dependencies"]:
                # A path of this checkout needs no version, as a development dependency: it is not published.
                is_here = wanted.get("path") is not None and wanted["kind"] == "dev"
                if wanted["req"] == "*" and not (is_here and rules["bans"].get("allow-wildcard-paths")):
                    yield f"{name}: any version of {wanted['name']} will do"


def duplicates(packages):
    """One line for each crate that is there in several versions."""
    versions = defaultdict(list)
    for package in packages:
        versions[package["name"]].append(package["version"])
    for name, found in sorted(versions.items()):
        if len(found) > 1:
            yield f"{name} is there in versions {', '.join(sorted(found))}"


def main():
    """Checks; the exit status."""
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    command = ["cargo", "metadata", "--locked", "--all-features", "--format-version", "1"]
    packages = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)[
        "packages"
    ]
    wrong = [*understand(rules)] or [*violations(rules, packages)]
    twice = [] if rules["bans"]["multiple-versions"] == "allow" else [*duplicates(packages)]
    if rules["bans"]["multiple-versions"] == "deny":
        wrong, twice = wrong + twice, []
    for line in twice:
        print(f"warning: {line}")
    for line in wrong:
        print(f"error: {line}")
    print(f"{len(packages)} packages, {len(wrong)} against deny.toml")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
