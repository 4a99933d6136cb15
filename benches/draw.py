"""Draws how cost grows, from the table of the kernel bench:

cargo bench --bench bars -- growth | python3 benches/draw.py > docs/growth.svg
"""

import math
import sys

WIDTH, HEIGHT, MARGIN = 300, 220, 46
TITLES = {
    "voxels": "one heatmap, ms against voxels",
    "heatmaps": "heatmaps of 32³, ms against their number",
    "threads": "W1, ms against threads",
}


def rows():
    """{"voxels": [(voxels, read ms, decode ms), ...], ...}"""
    found = {name: [] for name in TITLES}
    for words in map(str.split, sys.stdin):
        if words and words[0] in found:
            found[words[0]].append((float(words[1]), float(words[3]), float(words[4])))
    return found


def scale(values, length):
    """A logarithmic scale with ticks at powers of ten, or at the values themselves if they are close."""
    low, high = math.log10(min(values)), math.log10(max(values))
    if high - low > 1:
        low, high = math.floor(low), math.ceil(high)
    span = max(high - low, 0.1)
    return lambda value: (math.log10(value) - low) / span * length, low, high


def ticks(values, low, high):
    return [10.0**i for i in range(low, high + 1)] if isinstance(low, int) else sorted(values)


def label(value):
    if value >= 1000:
        return f"10<tspan dy='-4' font-size='8'>{round(math.log10(value))}</tspan>"
    return f"{value:g}"


def panel(name, points, left):
    xs, ys = [x for x, _, _ in points], [y for _, *both in points for y in both]
    place_x, *range_x = scale(xs, WIDTH)
    place_y, *range_y = scale(ys, HEIGHT)
    yield f'<g transform="translate({left},{MARGIN})">'
    yield f'<text x="0" y="-16" font-size="13">{TITLES[name]}</text>'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>'
    for x in ticks(xs, *range_x):
        yield f'<text x="{place_x(x):.1f}" y="{HEIGHT + 16}" text-anchor="middle">{label(x)}</text>'
    for y in ticks([min(ys), max(ys)], *range_y):
        yield f'<text x="-6" y="{HEIGHT - place_y(y) + 4:.1f}" text-anchor="end">{y:.3g}</text>'
    for column, colour in [(1, "#888"), (2, "#06c")]:
        line = " ".join(f"{place_x(p[0]):.1f},{HEIGHT - place_y(p[column]):.1f}" for p in points)
        yield f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>'
    yield "</g>"


def main():
    panels, left = [], MARGIN + 14
    for name, points in rows().items():
        if len(points) > 1:
            panels += panel(name, points, left)
            left += WIDTH + MARGIN + 24
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{left}" height="{HEIGHT + 2 * MARGIN + 24}"')
    print('  font-family="sans-serif" font-size="11">')
    print('<rect width="100%" height="100%" fill="#fff"/>', *panels, sep="\n")
    key = '<tspan fill="#888">grey: a plain read</tspan> <tspan fill="#06c">blue: softargmax</tspan>'
    print(f'<text x="{MARGIN}" y="{HEIGHT + 2 * MARGIN + 12}" font-size="12">{key}</text>\n</svg>')


if __name__ == "__main__":
    main()
