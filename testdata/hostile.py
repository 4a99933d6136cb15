"""Makes every file of testdata/hostile and the expected answers, so that anyone can see what they hold.

    python testdata/hostile.py            # write all files in place
    python testdata/hostile.py --check    # make them elsewhere; fail if a byte differs from what is here

The package `hostile_files` makes them, with a module for each format; it needs only Python 3.9. It packs
headers field by field and writes deflate data bit by bit, so no byte depends on the version of NumPy, nibabel
or zlib. Answers are computed from the written values; errors have the exact expected words."""

import argparse
import sys
from pathlib import Path

from hostile_files import collect

HERE = Path(__file__).resolve().parent


def main():
    """Makes the files, or checks them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    folder = HERE / "hostile"
    is_check = parser.parse_args().check
    files, count = collect()
    there = {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}
    different = sorted(name for name in {*files, *there} if files.get(name) != there.get(name))
    if is_check and different:
        sys.exit("differs from what hostile.py makes: " + ", ".join(different))
    if not is_check:
        folder.mkdir(exist_ok=True)
        for name in different:
            if name in files:
                (folder / name).write_bytes(files[name])
            else:
                (folder / name).unlink()
    size = sum(map(len, files.values()))
    print(
        f"{len(files) - 1} files, {count} cases, {size} bytes"
        + (", every one as hostile.py makes it" if is_check else "")
    )


if __name__ == "__main__":
    main()
