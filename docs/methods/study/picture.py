"""Pictures of failures as SVG: slices of heatmaps with answers on them, and curves."""

import math
import textwrap

import numpy as np

from chart import COLOURS, DASHES, escape, head

SIDE, LEFT, TOP, BETWEEN = 320, 52, 30, 66
SHADES = 12


def mark(i, x, y):
    """A cross for the true centre (number 0), and growing rings and squares for the methods."""
    if i == 0:
        return f'<path d="M{x - 8:.1f} {y:.1f}h16M{x:.1f} {y - 8:.1f}v16" stroke="#d00000" stroke-width="2"/>'
    style = f'fill="none" stroke="{COLOURS[i % 7]}" stroke-width="2"'
    if i % 2:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{4 + i}" {style}/>'
    return f'<rect x="{x - 4 - i:.1f}" y="{y - 4 - i:.1f}" width="{8 + 2 * i}" height="{8 + 2 * i}" {style}/>'


def names(entries, symbols):
    """The legend, two columns below a panel."""
    for i, label in enumerate(entries):
        x, y = (i % 2) * 160, SIDE + 50 + (i // 2) * 16
        yield symbols(i, x, y)
        yield f'<text x="{x + 28}" y="{y}">{escape(label)}</text>'


def mark_symbol(i, x, y):
    return mark(i, x + 12, y - 4)


def line_symbol(i, x, y):
    dash = f' stroke-dasharray="{DASHES[i % 7]}"' if DASHES[i % 7] else ""
    return f'<path d="M{x} {y - 4}h22" stroke="{COLOURS[i % 7]}" stroke-width="2"{dash}/>'


def shades(plane, cell):
    """The voxels, darker where higher, in a few shades; equal neighbours along a row are one rectangle."""
    low, high = float(np.min(plane)), float(np.max(plane))
    level = np.rint((plane - low) / (high - low) * SHADES).astype(int)
    paths = {}
    for r, row in enumerate(level):
        start = 0
        for c in range(1, len(row) + 1):
            if c == len(row) or row[c] != row[start]:
                x, y, w = start * cell, r * cell, (c - start) * cell
                paths.setdefault(int(row[start]), []).append(f"M{x:g} {y:g}h{w:g}v{cell:g}h-{w:g}z")
                start = c
    for shade, parts in sorted(paths.items()):
        if shade:
            grey = round(255 - 190 * shade / SHADES)
            yield f'<path d="{"".join(parts)}" fill="rgb({grey},{grey},255)"/>'


def slice_panel(title, plane, entries, first=(0, 0), box=None):
    """A square slice: rows are h downwards, columns w. `entries` are (label, h, w), the true centre first;
    `first` is the voxel in the corner, `box` (h, w, radius) a window."""
    cell = SIDE // len(plane)
    side = cell * len(plane)

    def place(v, axis):
        return (v - first[axis] + 0.5) * cell

    yield f'<text x="0" y="-10" font-size="12">{escape(title)}</text>'
    yield from shades(plane, cell)
    yield f'<rect width="{side}" height="{side}" fill="none" stroke="#999"/>'
    if box:
        x, y, edge = place(box[1] - box[2] - 0.5, 1), place(box[0] - box[2] - 0.5, 0), (2 * box[2] + 1) * cell
        style = 'fill="none" stroke="#555" stroke-dasharray="3 3"'
        yield f'<rect x="{x:g}" y="{y:g}" width="{edge}" height="{edge}" {style}/>'
    for v in range(0, len(plane), 16 if len(plane) > 32 else 2):
        h, w = v + first[0], v + first[1]
        yield f'<text x="{place(w, 1):.1f}" y="{side + 15}" text-anchor="middle">{w}</text>'
        yield f'<text x="-6" y="{place(h, 0) + 4:.1f}" text-anchor="end">{h}</text>'
    yield f'<text x="{side / 2:.0f}" y="{side + 30}" text-anchor="middle">w, voxels (h downwards)</text>'
    for i, (_, h, w) in enumerate(entries):
        yield mark(i, place(w, 1), place(h, 0))
    yield from names([label for label, *_ in entries], mark_symbol)


def curve_panel(title, labels, x, y, series, dots=False):
    """Curves. `x` and `y` are the ticks, `series` (label, xs, ys); with dots no lines."""

    def across(v):
        return (v - x[0]) / (x[-1] - x[0]) * SIDE

    def down(v):
        return SIDE - (v - y[0]) / (y[-1] - y[0]) * SIDE

    yield f'<text x="0" y="-10" font-size="12">{escape(title)}</text>'
    yield f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
    for v in x:
        yield f'<text x="{across(v):.1f}" y="{SIDE + 15}" text-anchor="middle">{v:g}</text>'
    for v in y:
        colour = "#999" if v == 0 else "#ddd"
        yield f'<path d="M0 {down(v):.1f}h{SIDE}" stroke="{colour}"/>'
        yield f'<text x="-6" y="{down(v) + 4:.1f}" text-anchor="end">{v:g}</text>'
    yield f'<text x="{SIDE / 2:.0f}" y="{SIDE + 30}" text-anchor="middle">{escape(labels[0])}</text>'
    turned = f'transform="translate(-40,{SIDE / 2:.0f}) rotate(-90)"'
    yield f'<text {turned} text-anchor="middle">{escape(labels[1])}</text>'
    yield f'<svg width="{SIDE}" height="{SIDE}">'
    for i, (_, xs, ys) in enumerate(series):
        points = [(across(a), down(b)) for a, b in zip(xs, ys, strict=True) if not math.isnan(b)]
        if dots:
            circles = "".join(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points)
            yield f'<g fill="{COLOURS[i % 7]}" fill-opacity="0.7">{circles}</g>'
            continue
        dash = f' stroke-dasharray="{DASHES[i % 7]}"' if DASHES[i % 7] else ""
        path = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
        yield f'<polyline points="{path}" fill="none" stroke="{COLOURS[i % 7]}" stroke-width="2"{dash}/>'
    yield "</svg>"
    yield from names([label for label, *_ in series], line_symbol)


def picture(panels, caption):
    """Panels side by side above a caption."""
    panels = [list(p) for p in panels]
    lines = textwrap.wrap(caption, 112)
    width = LEFT + len(panels) * (SIDE + BETWEEN) - BETWEEN + 20
    height = TOP + SIDE + 50 + 3 * 16 + 10
    parts = [head(width, height + 16 * len(lines) + 2)]
    for i, parts_of in enumerate(panels):
        parts += [f'<g transform="translate({LEFT + i * (SIDE + BETWEEN)},{TOP})">', *parts_of, "</g>"]
    for i, text in enumerate(lines):
        parts.append(f'<text x="{LEFT - 40}" y="{height + 16 * i}" font-size="12">{escape(text)}</text>')
    return "\n".join([*parts, "</svg>", ""])
