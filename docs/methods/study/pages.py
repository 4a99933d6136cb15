"""Writes tables, and puts them into the pages."""

import math
import re


def number(value, digits=4):
    """An error in voxels: `digits` decimals, fewer for larger ones; a bound in place of zero."""
    if math.isnan(value):
        return "none"
    if value >= 1:
        return f"{value:.{2 if digits > 2 and value < 10 else 1}f}"
    text = f"{value:.{digits}f}"
    return f"<{10**-digits:.{digits}f}" if float(text) == 0 else text


def table(head, rows):
    """A table of Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def fill(page, blocks):
    """The page with the text between `<!-- NAME: … -->` and `<!-- end -->` replaced by the blocks of these
    names."""

    def block(found):
        return f"{found[1]}\n\n{blocks[found[2]]}\n\n{found[3]}"

    return re.sub(r"(<!-- study/run\.sh writes: ([\w-]+) -->).*?(<!-- end -->)", block, page, flags=re.DOTALL)
