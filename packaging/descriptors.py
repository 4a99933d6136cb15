"""Tries the descriptors for workflow systems as far as this machine can.

    python packaging/descriptors.py PROGRAM

Needs packaging/requirements.txt and bash, and Groovy for Nextflow's script. Boutiques: each descriptor is
validated by `bosh validate`, and that of `decode` is run by `bosh exec launch` without a container.
Nextflow: the script and stub of the process are evaluated by Groovy and run by bash; meta.yml names every
input and option of main.nf. Apptainer: the definition is parsed by spython.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from spython.main.parse.parsers import get_parser

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
MAP = ROOT / "testdata" / "golden" / "oblique.nii.gz"
LABELS = ROOT / "testdata" / "golden" / "oblique.labels.txt"
MODULE = HERE / "nextflow" / "landmark" / "softargmax"
#: Options whose values need quotes in a shell.
OPTIONS = {"method": "auto", "coords": "voxel,world", "digits": 2, "stats": True}
OPTIONS["path_regex"] = "(?<name>[a-z]+)'?\\.nii"


def run(*command, **more):
    """What a command prints; an error with all of its output if it fails."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def expected(program, folder):
    """The rows that OPTIONS give, by the program itself."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items() if value is not True]
    return run(program, "decode", MAP.name, "--stats", *options, "--labels", LABELS.name, cwd=folder)


def boutiques(program, folder, environment):
    """Validates all, and runs that of `decode`."""
    for descriptor in sorted((HERE / "boutiques").glob("*.json")):
        run("bosh", "validate", descriptor)
        print(f"boutiques: {descriptor.name} is valid")
    decode = HERE / "boutiques" / "softargmax-decode.json"
    # Boutiques quotes what a shell would take.
    invocation = {"inputs": [MAP.name], "labels": LABELS.name, "output": "rows.csv", **OPTIONS}
    (folder / "invocation.json").write_text(json.dumps(invocation))
    run("bosh", "invocation", "-i", folder / "invocation.json", decode)
    run("bosh", "exec", "launch", "--no-container", decode, "invocation.json", cwd=folder, env=environment)
    assert (folder / "rows.csv").read_text() == expected(program, folder), "boutiques: other rows"
    print("boutiques: `bosh exec launch` gives the rows of the program")


def nextflow(program, folder, environment):
    """Runs the script of the process by Groovy and bash, and compares meta.yml with it."""
    meta, source = yaml.safe_load((MODULE / "meta.yml").read_text()), (MODULE / "main.nf").read_text()
    named = [next(iter(entry)) for entry in meta["args"]]
    listed = re.findall(r"'(\w+)'", source[source.index("def valued") : source.index("def options")])
    assert sorted(named) == sorted([*listed, "prefix", "format"]), set(named) ^ set(listed)
    staged = re.findall(r"\((\w+)\)", re.search(r"tuple val.*", source)[0])
    assert [next(iter(entry)) for entry in meta["input"]] == staged, staged
    java = shutil.which("java")
    if not java or not shutil.which("groovy"):
        print("nextflow: not run, Groovy or Java is absent")
        return
    # Debian's Groovy looks for one Java, which another may stand in for.
    environment = {**environment, "JAVA_HOME": str(Path(java).resolve().parents[1])}
    inputs = {"heatmaps": MAP.name, "reference": [], "mask": [], "labels": LABELS.name, "calibration": []}
    settings = {"id": "it's sub-01", "ext": OPTIONS, "inputs": inputs}
    (folder / "settings.json").write_text(json.dumps(settings))
    output = folder / "it's sub-01__landmarks.csv"
    for block in ("script", "stub"):
        script = HERE / "nextflow" / "script.groovy"
        command = ["groovy", script, MODULE / "main.nf", block, folder / "settings.json"]
        text = run(*command, env=environment)
        run("bash", "-ue", "-c", text, cwd=folder, env=environment)
        versions = yaml.safe_load((folder / "versions.yml").read_text())
        version = run(program, "--version").split()[1]
        assert versions == {"LANDMARK_SOFTARGMAX": {"softargmax": version}}, versions
        if block == "script":
            assert output.read_text() == expected(program, folder), "nextflow: other rows"
    print("nextflow: script and stub run, by Groovy and bash; the rows of the program")


def main():
    """Tries all."""
    program = Path(sys.argv[1]).resolve()
    path = os.pathsep.join([str(program.parent), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path}
    os.environ["PATH"] = path
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copy(MAP, folder)
        shutil.copy(LABELS, folder)
        boutiques(program, folder, environment)
        nextflow(program, folder, environment)
    recipe = get_parser("singularity")(str(HERE / "container" / "softargmax.def")).recipe["spython-base"]
    assert recipe.fromHeader == "debian:bookworm-slim", recipe.fromHeader
    assert recipe.files == ["softargmax /usr/local/bin/softargmax"], recipe.files
    print("apptainer: the definition is parsed by spython; nothing is built")


if __name__ == "__main__":
    main()
