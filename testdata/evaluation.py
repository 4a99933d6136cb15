"""Makes testdata/evaluation: a drawn study with two predictions, and what NumPy and SciPy say of it.

    python testdata/evaluation.py            # write the files in place
    python testdata/evaluation.py --check    # fail if they differ from what is here

Needs numpy 2.2.6 and scipy 1.15.3. Nobody's data: every position is drawn from a fixed seed. The statistics
are those of tests/peers/evaluation_oracle.py, written apart from the program.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests" / "peers"))

import evaluation_draw as draw  # noqa: E402

PAIR = ("AC", "PC")
DRAWS, SEED = 300, 7
NAMES = ("truth.csv", "predicted.csv", "other.csv", "expected.json")


def rounded(value):
    """Numbers with 12 digits: the last ones are the machine's. A statistic is (value, count, low, high)."""
    if isinstance(value, float):
        return float(f"{value:.12g}")
    if isinstance(value, dict):
        if "interval" in value:
            return rounded([value["value"], value["count"], *(value["interval"] or [None, None])])
        return {key: rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list) else value


def make(folder):
    """Writes all files."""
    rows = draw.study(np.random.default_rng(20261126))
    for name, side in zip(NAMES, ("truth", "predicted", "other"), strict=False):
        draw.write(folder / name, rows, side)
    cases = []
    for at_most, subject in ((False, "sub"), (True, None)):
        args = ["--reference-pair", ",".join(PAIR), "--pair", ",".join(PAIR)]
        args += ["--bootstrap", str(DRAWS), "--seed", str(SEED)]
        args += (["--at-most"] if at_most else []) + (["--subject", subject] if subject else [])
        names = ("sella", "PC") if subject else ()
        found = draw.answers(rows, PAIR, DRAWS, SEED, names, at_most, subject is not None)
        cases.append({"args": args} | rounded(found))
    (folder / "expected.json").write_text(json.dumps({"cases": cases}, separators=(",", ":")) + "\n")


def main():
    """Writes or checks the files."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail if the files differ")
    target = HERE / "evaluation"
    if not parser.parse_args().check:
        target.mkdir(exist_ok=True)
        make(target)
        return
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder))
        wrong = [name for name in NAMES if (Path(folder) / name).read_bytes() != (target / name).read_bytes()]
    if wrong:
        sys.exit(f"not what evaluation.py makes: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
