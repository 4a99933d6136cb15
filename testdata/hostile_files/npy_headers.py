"""npy files whose element type is not read, or whose header is defective as text."""

from .answers import begins_with, excerpt, ok, refused, short_header
from .collection import Collection
from .npy import SAVE, element, npy, syntax, text


def add_npy_elements(collection: Collection) -> None:
    """Element types that are not read."""
    fields = "[('x', '<f4'), ('y', '<f4')]"
    pickled = b"\x80\x02cbuiltins\nexit\nK\x07\x85R."
    objects, refusal = element(
        "'|O'", "Python objects", "save `numpy.stack(arrays)`, or each array by itself"
    )
    collection.add(
        "npy_objects.npy",
        "Python objects: a pickle that ends the program that loads it",
        objects[:-192] + pickled,
        refusal,
    )
    void, single = (
        "save the numbers in it: `array.view('float32')`, or whatever they are",
        "save `array.astype('float32')`",
    )
    nested = "[('a', " * 2_000
    for name, what, descr, *outcome in (
        (
            "structured",
            "two fields",
            fields,
            "a structured array",
            "save one field: `numpy.save(FILE, array['FIELD'])`",
            fields,
        ),
        (
            "fields_nested",
            "fields within fields, 2,000 deep",
            nested,
            "a structured array",
            "save one field: `numpy.save(FILE, array['FIELD'])`",
            nested,
        ),
        ("void", "void", "'|V8'", "void", void),
        ("bfloat16", "bfloat16 as NumPy saves it", "'<V2'", "void of 2 bytes, as bfloat16 is saved", single),
        ("complex", "complex numbers", "'<c8'", "complex numbers", "save `numpy.abs(array)` or `array.real`"),
        ("unicode", "text of 2^29 letters an element, which are 2^31 bytes", "'<U536870912'", "text", single),
        ("bytes", "bytes", "'|S4'", "text", single),
        ("dates", "dates", "'<M8[ns]'", "dates or times", "save `array.astype('float64')`"),
        (
            "float128",
            "floats of 128 bits",
            "'<f16'",
            "floats of more than 64 bits",
            "save `array.astype('float64')`",
        ),
        (
            "float32_by_name",
            "a type by its name, which NumPy never writes",
            "'float32'",
            "an unknown element type",
            single,
        ),
        ("integers_of_3_bytes", "a type that is none", "'<i3'", "an unknown element type", single),
        ("descr_empty", "no type at all", "''", "an unknown element type", single),
    ):
        collection.add(f"npy_{name}.npy", what, *element(descr, *outcome))
    header = text(descr="exec('raise')")
    collection.add(
        "npy_descr_code.npy",
        "Python code where the type belongs",
        npy(header),
        syntax("a string", header, header.index("exec")),
    )


def add_npy_headers(collection: Collection) -> None:
    """Headers that are defective as text."""
    add = lambda file, what, content, outcome: collection.add(f"npy_{file}.npy", what, content, outcome)
    for missing in ("descr", "fortran_order", "shape"):
        parts = {
            "descr": "'descr': '<f4'",
            "fortran_order": "'fortran_order': False",
            "shape": "'shape': (2, 3, 4)",
        }
        del parts[missing]
        add(
            f"key_{missing}_missing",
            f"no {missing}",
            npy(f"{{{', '.join(parts.values())}}}"),
            refused(f"the npy header has no `{missing}`", SAVE),
        )
    key = "one of the keys descr, fortran_order and shape"
    extra = text()[:-1] + "'extra': 1, }"
    add("key_extra", "a fourth key", npy(extra), syntax(key, extra + " " * 9, extra.index("'extra'")))
    twice = text()[:-1] + "'shape': (4, 3, 2), }"
    add(
        "key_twice",
        "two shapes, of which readers take one or the other",
        npy(twice),
        syntax("a key that is not there yet", twice, twice.rindex("'shape'")),
    )
    number = text(fortran="1")
    add("order_number", "1 for True", npy(number), syntax("True or False", number, number.index("1,")))
    magic = b"\x93NUM"
    add("magic_short", "four bytes of the magic", magic, begins_with(magic))
    wrong = b"\x93NUMPX" + npy()[6:]
    add("magic_wrong", "one letter of the magic is another", wrong, begins_with(wrong))
    add("magic_alone", "the magic and nothing more", b"\x93NUMPY", short_header("npy", 8, 6))
    for version in ((4, 0), (1, 1), (0, 0)):
        found = "{}.{}".format(*version)
        add(
            "version_{}_{}".format(*version),
            f"version {found}",
            b"\x93NUMPY" + bytes(version) + npy()[8:],
            refused(f"expected npy version 1.0, 2.0 or 3.0, found {found}", SAVE),
        )
    add("length_missing", "one byte of a header length of two", npy()[:9], short_header("npy", 2, 1))
    add("header_truncated", "half a header", npy()[:64], short_header("npy", 118, 54))
    add(
        "header_4_gib",
        "a header of 4 GiB in a file of 14 bytes",
        b"\x93NUMPY\x02\0" + b"\xff" * 4 + b"{'",
        refused(f"expected an npy header of at most 65,536 bytes, found {2**32 - 1:,}", SAVE),
    )
    longer = npy(version=(2, 0), length=65_536)
    add(
        "header_longer_than_the_file",
        "a header of 64 KiB in a file of 224 bytes",
        longer,
        short_header("npy", 65_536, len(longer) - 12),
    )
    cut = text()[: text().index("'shape'") + 3]
    add(
        "header_short",
        "a header length that ends within a key",
        npy(length=len(cut)),
        syntax(key, cut, len(cut) - 3),
    )
    raw = npy()
    add(
        "header_long",
        "a header length that takes in the first values",
        npy(length=134),
        syntax("the end", raw[10:128].decode(), 118, raw[128:144][:16]),
    )
    add("header_empty", "a header of no bytes", npy(length=0), syntax("`{`", "", 0))
    blank = " " * 117
    add("header_spaces", "a header of spaces", npy(blank), syntax("`{`", blank + "\n", 118))
    add(
        "header_nul",
        "a byte 0 behind the dict",
        npy(text() + "\0"),
        syntax("the end", text() + "\0" + " " * 15, len(text())),
    )
    umlaut = "{\xa0" + text()[1:]
    add("header_latin_1", "a space that is not ASCII, in version 1", npy(umlaut), syntax(key, umlaut, 1))
    utf_16 = text().encode("utf-16-le")
    add(
        "header_utf_16",
        "a header in UTF-16",
        npy(utf_16),
        refused(f"expected {key} at byte 1 of the npy header, found {excerpt(utf_16[1:])}", SAVE),
    )
    unclosed = text()[:-1]
    add(
        "header_unclosed",
        "a dict without its closing brace",
        npy(unclosed),
        syntax(key, unclosed + " " * 50 + "\n", npy(unclosed).index(b"\n", 12) - 9),
    )
    add("python_2_longs", "lengths as Python 2 wrote them", npy(text("(2L, 3L, 4L)")), ok())
    add("no_newline", "a header that does not end in a line break", npy(end=""), ok())
    add(
        "double_quotes",
        "strings in double quotes, keys in another order",
        npy('{"shape":(2,3,4),"fortran_order":False,"descr":"<f4"}'),
        ok(),
    )
