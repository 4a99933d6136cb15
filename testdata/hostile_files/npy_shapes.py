"""npy files whose shape does not fit the values after it."""

from .answers import LAYOUT, VALUES, empty, ok, refused, short, too_large, trailing
from .collection import Collection
from .npy import f4, misshapen, npy, text


def add_npy_shapes(collection: Collection) -> None:
    """Headers whose shape does not fit the bytes after it, or that have no shape."""
    add = lambda file, what, content, outcome, *args: collection.add(
        f"npy_{file}.npy", what, content, outcome, *args
    )
    add("shape_2_60", "2^60 elements in 96 bytes", npy(text("(1048576, 1048576, 1048576)")), short(2**62, 96))
    add(
        "shape_wraps_to_24",
        "lengths whose product is 24, the elements that are there, once it has wrapped at 2^64",
        npy(text(f"(4, 3, {2**62 + 2})")),
        too_large(4, 3, 2**62 + 2),
    )
    add(
        "bytes_wrap_to_96",
        "2^62 + 24 elements: the count fits 64 bits, and four times it wraps to the 96 bytes that are there",
        npy(text(f"(1, 8, {2**59 + 3})")),
        too_large(1, 8, 2**59 + 3),
    )
    largest = 2**63 - 1
    add(
        "shape_overflows_to_zero",
        "an overflow times 0",
        npy(text(f"({largest}, {largest}, 0)")),
        too_large(largest, largest, 0),
    )
    length = "a length from 0 to 2^64 - 1"
    for name, what, shape, expected, at in (
        ("length_2_64", "a length of 2^64", "(18446744073709551616, 3, 4)", length, 1),
        ("length_negative", "a length of -2", "(-2, 3, 4)", length, 1),
        ("length_minus_one", "-1 as numpy.reshape takes it", "(2, 3, -1)", length, 7),
        ("length_float", "a length of 2.0", "(2.0, 3, 4)", "`,` or `)`", 2),
        ("length_exponent", "a length of 2e0", "(2e0, 3, 4)", length, 1),
        ("length_string", "a length in quotes", "('2', 3, 4)", length, 1),
        ("length_bool", "a length of True, which Python takes for 1", "(True, 3, 4)", length, 1),
        ("length_none", "None", "(None, 3, 4)", length, 1),
        ("shape_list", "a list in place of a tuple", "[2, 3, 4]", "a tuple of lengths", 0),
        ("shape_number", "a number in brackets, which is no tuple", "(24)", "`,` or `)`", 3),
        (
            "shape_code",
            "Python code where the shape belongs",
            "__import__('os').abort()",
            "a tuple of lengths",
            0,
        ),
        ("shape_nested", "20,000 open parentheses", "(" * 20_000, length, 1),
    ):
        add(name, what, *misshapen(shape, expected, at))
    add("zero_axis", "an axis of length 0 and no values", npy(text("(2, 0, 4)"), b""), empty(1))
    add(
        "zero_samples",
        "no samples",
        npy(text("(0, 2, 2, 3, 4)"), b""),
        {"exit": 0, "warnings": [], "rows": []},
    )
    add(
        "zero_axis_and_values",
        "an axis of length 0, and 96 bytes of values",
        npy(text("(2, 0, 4)")),
        empty(1, trailing(96)),
    )
    add(
        "heatmaps_without_voxels",
        "2^32 heatmaps without a voxel, which take no bytes and would take as many rows",
        npy(text("(65536, 65536, 0, 3, 4)"), b""),
        refused(
            f"{2**32} heatmaps are too many: at most 65536 may be interleaved or have no voxels",
            "save the channels before the spatial axes, or in several files",
        ),
    )
    add(
        "axes_none",
        "a scalar",
        npy(text("()"), f4([1])),
        refused("expected a layout for 0 axes, found shape ()", LAYOUT),
    )
    add(
        "axes_65",
        "65 axes",
        npy(text(f"({'1, ' * 65})")),
        refused("the array has more than 64 axes", None),
    )
    add(
        "axes_4",
        "four axes, of which one is guessed wrong if any is guessed",
        npy(text("(1, 2, 3, 4)")),
        refused(
            "expected a layout for 4 axes, found shape (1, 2, 3, 4)",
            "`--layout CHWD` for one volume per channel, `--layout NCHW` for planar heatmaps",
        ),
    )
    add("values_none", "a header and nothing behind it", npy(values=b""), short(96, 0))
    add("values_short", "one byte less than the header says", npy(values=f4(VALUES)[:-1]), short(96, 95))
    add(
        "values_trailing", "three bytes more than the header says", npy() + b"end", ok(warnings=[trailing(3)])
    )
