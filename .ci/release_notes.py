"""Prints the notes of a release; fails unless its tag, Cargo.toml, CITATION.cff and CHANGELOG.md agree.

    python3 .ci/release_notes.py v0.1.0

Part of .github/workflows/release.yml. A version that is in one place and not in another is never released.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Where the version stands, and how it is found there. A test holds the descriptors to Cargo.toml.
VERSIONS = (
    ("Cargo.toml", r'^version = "(.*?)"$'),
    ("CITATION.cff", r"^version: (.*?)$"),
    ("packaging/conda/recipe.yaml", r'^  version: "(.*?)"$'),
)


def find(file, pattern):
    """What the pattern finds in a file, or an error that ends the program."""
    found = re.search(pattern, (ROOT / file).read_text(), re.MULTILINE | re.DOTALL)
    if found is None:
        sys.exit(f"error: {file} does not match {pattern!r}")
    return found[1]


def main():
    """Checks, and prints."""
    if len(sys.argv) != 2 or not re.fullmatch(r"v\d+\.\d+\.\d+\S*", sys.argv[1]):
        sys.exit(__doc__)
    version = sys.argv[1][1:]
    for file, pattern in VERSIONS:
        if (there := find(file, pattern)) != version:
            sys.exit(f"error: the tag says {version}, {file} says {there}")
    # From this version's heading to the next one, or to the end.
    heading = rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d\n+"
    print(find("CHANGELOG.md", heading + r"(.*?)\s*(?=^## |^\[|\Z)"))


if __name__ == "__main__":
    main()
