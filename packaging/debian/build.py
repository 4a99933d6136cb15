"""Builds a Debian package of a static program: program, manual pages, completions, licences. No debhelper.

    python3 packaging/debian/build.py PROGRAM FOLDER

Writes FOLDER/softargmax_VERSION_ARCH.deb and prints its path.

Needs dpkg-deb and cargo (for the licences of the crates in the program). SOURCE_DATE_EPOCH is the time of
every file in the package, by default that of the last commit; so the same program gives the same package.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections import defaultdict
from email.utils import formatdate
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Debian's architectures by those of Rust's triples.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
#: Names of files with a licence in a crate.
LICENCE_FILE = re.compile(r"^(LICEN[CS]E|COPYING|UNLICENSE|NOTICE|COPYRIGHT)([-_.].*)?$", re.IGNORECASE)
#: Who builds a package for others sets these two, as for all of Debian's tools.
NAME, ADDRESS = os.environ.get("DEBFULLNAME", "softargmax"), os.environ.get("DEBEMAIL", "nobody@localhost")
MAINTAINER = f"{NAME} <{ADDRESS}>"
#: What only the licence's own text has, and where Debian keeps it.
APACHE = "TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION"
APACHE_PLACE = "/usr/share/common-licenses/Apache-2.0"


def run(*command, **more):
    """What a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **more).stdout


def toml(key):
    """A text of Cargo.toml."""
    return re.search(rf'^{key} = "(.*?)"$', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]


def linked():
    """The crates that are in the program, without those that only builds and tests need."""
    tree = run(
        "cargo", "tree", "--locked", "--edges", "normal", "--target", "x86_64-unknown-linux-gnu",
        "--prefix", "none", "--format", "{p}", cwd=ROOT,
    )  # fmt: skip
    named = {tuple(line.split()[:2]) for line in tree.splitlines() if line.strip()}
    metadata = json.loads(run("cargo", "metadata", "--locked", "--format-version", "1", cwd=ROOT))
    crates = [p for p in metadata["packages"] if (p["name"], f"v{p['version']}") in named]
    if len(crates) != len(named):
        sys.exit(f"error: {len(named)} crates in the tree, {len(crates)} of them in the metadata")
    return sorted(crates, key=lambda crate: crate["name"])


def licence_texts(crate):
    """The texts of the files with a licence of a crate."""
    folder = Path(crate["manifest_path"]).parent
    files = [file for file in sorted(folder.iterdir()) if LICENCE_FILE.match(file.name) and file.is_file()]
    texts = [file.read_text(encoding="utf-8", errors="replace").strip() for file in files]
    return [shortened(text) if APACHE in text else text for text in texts]


def shortened(text):
    """The Apache licence by its place on Debian systems, with the lines about who holds the copyright."""
    holders = re.findall(r"^\s*(Copyright (?:\([cC]\) )?\d{4}.*?)\s*$", text, re.MULTILINE)
    return "\n".join([*holders, f"The Apache License, version 2.0: on Debian systems see {APACHE_PLACE}."])


def indented(text):
    """A text as a field of a control file has it."""
    return "\n".join(f" {line}" if line.strip() else " ." for line in text.splitlines())


def copyright_file(crates):
    """Debian's copyright file: our licence, that of each crate, and every text once."""
    parts = ["Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/"]
    parts[0] += "\nUpstream-Name: softargmax"
    parts[0] += "\nComment: Linked with the crates below, Rust's standard library (MIT or Apache-2.0) and"
    parts[0] += "\n the GNU C Library (LGPL-2.1 or later, see /usr/share/common-licenses/LGPL-2.1)."
    users = defaultdict(list)
    for crate in crates:
        short = "GPL-" in crate["license"] and "OR" not in crate["license"]
        if short:
            sys.exit(f"error: {crate['name']} is {crate['license']}")
        authors = ", ".join(crate["authors"]) or f"the authors of {crate['name']}"
        files = "*" if crate["name"] == "softargmax" else f"crates/{crate['name']}-{crate['version']}/*"
        name = crate["license"].replace("/", " or ").replace(" OR ", " or ").replace(" AND ", " and ")
        texts = licence_texts(crate)
        for text in texts:
            users[text].append(f"{crate['name']} {crate['version']}")
        none = "" if texts else "\nComment: the crate has no file with a licence; its manifest states it."
        parts.append(f"Files: {files}\nCopyright: {authors}\nLicense: {name}{none}")
    stated = {part.rsplit("License: ", 1)[1].split("\n")[0] for part in parts[1:]}
    # Every text stands once, with the crates that have it.
    whole = [f"Text of {', '.join(names)}:\n\n{text}" for text, names in users.items()]
    for number, name in enumerate(sorted(stated)):
        text = "\n\n".join(whole) if number == 0 else f"The texts stand under {sorted(stated)[0]}."
        parts.append(f"License: {name}\n{indented(text)}")
    return "\n\n".join(parts) + "\n"


def packed(path, text):
    """Writes gzip without a name or a time in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text if isinstance(text, bytes) else text.encode(), 9, mtime=0))


def fill(tree, program, version, epoch):
    """Everything but the control file."""
    (tree / "usr/bin").mkdir(parents=True)
    shutil.copy(program, tree / "usr/bin/softargmax")
    with tempfile.TemporaryDirectory() as pages:
        run(program, "man", pages)
        for page in sorted(Path(pages).iterdir()):
            packed(tree / "usr/share/man/man1" / f"{page.name}.gz", page.read_bytes())
    places = {
        "bash": "bash-completion/completions/softargmax",
        "fish": "fish/vendor_completions.d/softargmax.fish",
        "zsh": "zsh/vendor-completions/_softargmax",
    }
    for shell, place in places.items():
        path = tree / "usr/share" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(run(program, "completions", shell))
    documents = tree / "usr/share/doc/softargmax"
    documents.mkdir(parents=True)
    (documents / "copyright").write_text(copyright_file(linked()))
    for name in ("README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, documents / name)
    packed(documents / "changelog.gz", (ROOT / "CHANGELOG.md").read_bytes())
    entry = f"softargmax ({version}) unstable; urgency=medium\n\n  * Version {version}: see changelog.gz.\n\n"
    packed(documents / "changelog.Debian.gz", f"{entry} -- {MAINTAINER}  {formatdate(epoch)}\n")


def settle(tree, epoch):
    """Fixed modes and times."""
    for path in sorted(tree.rglob("*"), reverse=True):
        is_program = path.is_dir() or path.parent.name == "bin"
        path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (epoch, epoch))
    tree.chmod(0o755)


def built_using():
    """The source of the C library that is in the program, if this is a Debian; none otherwise."""
    if not shutil.which("dpkg-query"):
        return []
    form = "${source:Package} (= ${source:Version})"
    found = subprocess.run(
        ["dpkg-query", "-W", "-f", form, "libc6-dev"], capture_output=True, text=True, check=False
    ).stdout
    return [f"Built-Using: {found}"] if found else []


def control(version, architecture, size):
    """The control file."""
    about = textwrap.wrap(
        "Reads heatmaps of landmark detection networks from NumPy arrays, NIfTI, MetaImage and NRRD files, "
        "and writes voxel, normalized or millimetre coordinates, with flags and error bars.",
        76,
    )
    lines = [
        "Package: softargmax", f"Version: {version}", "Section: science", "Priority: optional",
        f"Architecture: {architecture}", f"Installed-Size: {size}", f"Maintainer: {MAINTAINER}",
        *built_using(),
        "Description: turn volumetric heatmaps into landmark coordinates", *(f" {line}" for line in about),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def main():
    """Builds, and prints the path."""
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(__doc__.strip())
        return
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    program, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    epoch = int(os.environ.get("SOURCE_DATE_EPOCH") or run("git", "log", "-1", "--format=%ct", cwd=ROOT))
    # A Debian revision, so that the next package of the same program is newer.
    version, architecture = f"{toml('version')}-1", ARCHITECTURES[os.uname().machine]
    if run(program, "--version").split() != ["softargmax", toml("version")]:
        sys.exit("error: the program is not of the version of Cargo.toml")
    folder.mkdir(parents=True, exist_ok=True)
    package = folder / f"softargmax_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as scratch:
        tree = Path(scratch) / "tree"
        fill(tree, program, version, epoch)
        size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024 + 1
        (tree / "DEBIAN").mkdir()
        (tree / "DEBIAN/control").write_text(control(version, architecture, size))
        sums = [
            f"{run('md5sum', path).split()[0]}  {path.relative_to(tree)}\n"
            for path in sorted(tree.rglob("*"))
            if path.is_file() and "DEBIAN" not in path.parts
        ]
        (tree / "DEBIAN/md5sums").write_text("".join(sums))
        settle(tree, epoch)
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(epoch)}
        run("dpkg-deb", "--root-owner-group", "-Zxz", "--build", tree, package, env=environment)
    print(package)


if __name__ == "__main__":
    main()
