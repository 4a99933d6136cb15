"""JSON and NDJSON against their schema, docs/landmarks.schema.json, by jsonschema."""

import json
from pathlib import Path

import jsonschema
import numpy as np

import program
from ledger import Section

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "docs" / "landmarks.schema.json").read_text())
#: Options that add keys.
OPTIONS = (
    [],
    ["--coords", "normalized,voxel,world", "--compare"],
    ["--coords", "voxel", "--stats", "--uncertainty", "--region", "0.5", "--method", "gaussian"],
    ["--peaks", "3", "--compare", "--coords", "voxel"],
    ["--path-regex", "(?<sub>[a-z]+)", "--label-names", "a"],
)


def validator(name):
    """The validator of a part of the schema."""
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]})


def run(folder):
    """Yields the section of the schema."""
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    section = Section("JSON and NDJSON, by their schema")
    rng = np.random.default_rng(7)
    for name, dtype in (("a.npy", "f4"), ("b.npy", "i2")):
        np.save(folder / name, (rng.random((2, 1, 5, 6, 7)) * 100).astype(dtype))
    np.save(folder / "flat.npy", np.zeros((1, 1, 2, 2, 2)))
    np.save(folder / "nan.npy", np.full((1, 1, 2, 2, 2), np.nan))
    np.save(folder / "empty.npy", np.zeros((1, 1, 0, 2, 2)))
    (folder / "bad.npy").write_bytes(b"no array")
    fold = ["--path-regex", r"(?<fold>\b[ab])\.npy", "--average", "fold"]
    for options in (*OPTIONS, fold):
        args = ["decode", ".", *options, "--fail-on", "none", "--quiet"]
        if "normalized,voxel,world" in options:
            args += ["--layout", "NCHWD", "--spacing", "1,1,2"]
        for form, part in (("json", "document"), ("ndjson", "line"), ("input", "input")):
            more = ["--format", "ndjson", "--line-per", "input"] if form == "input" else ["--format", form]
            text = program.run([*args, *more], folder).stdout.decode()
            documents = [text] if form == "json" else text.splitlines()
            section.expect(bool(documents), f"{options} {form}: nothing")
            for document in documents:
                errors = list(validator(part).iter_errors(json.loads(document)))
                where = errors and f"{errors[0].json_path}: {errors[0].message}"
                section.expect(not errors, f"{options} {form}: {where}")
    # What the schema is for: it refuses what is none.
    line = json.loads(program.run(["decode", "a.npy", "--format", "ndjson"], folder).stdout.splitlines()[0])
    for key, value in (("status", "fine"), ("normalized", [1, 2]), ("n", -1), ("flags", ["odd"])):
        section.expect(not validator("line").is_valid(line | {key: value}), f"{key}: {value} is accepted")
    yield section
