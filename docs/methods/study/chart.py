"""Line charts of errors on a logarithmic scale, as SVG, without a plotting library."""

import math

# Okabe and Ito's colours, which most colour-blind readers can distinguish; each line also has its own dash.
COLOURS = ("#000", "#e69f00", "#56b4e9", "#009e73", "#0072b2", "#d55e00", "#cc79a7")
DASHES = ("", "7 3", "2 3", "", "9 3 2 3", "4 2", "")
WIDTH, HEIGHT = 350, 230
LOW, HIGH = -4, 2
LEFT, TOP, BETWEEN = 58, 34, 26


def head(width, height):
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
        f' viewBox="0 0 {width} {height}"'
        ' font-family="sans-serif" font-size="11">\n<rect width="100%" height="100%" fill="#fff"/>'
    )


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def power(exponent):
    return f"{10.0**exponent:g}" if exponent > -5 else f"1e{exponent}"


def height(value):
    """The height of an error in the chart, from the top; <0.0001 of the tables is the lowest line."""
    value = round(value, 4) if value < 1 else round(value, 2)
    place = math.log10(value) if value > 0 else LOW
    return HEIGHT - (min(max(place, LOW), HIGH) - LOW) / (HIGH - LOW) * HEIGHT


def line(index, values, step):
    """One method: a line with dots; gaps where there is no answer."""
    colour, dash = COLOURS[index % 7], DASHES[index % 7]
    points = [(step * (i + 0.5), height(v)) for i, v in enumerate(values) if not math.isnan(v)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    style = f' stroke-dasharray="{dash}"' if dash else ""
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{style}/>'
    yield (
        f'<g fill="{colour}">'
        + "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
        + "</g>"
    )


def legend(entries):
    """Two columns of names below a panel."""
    for i, (label, _) in enumerate(entries):
        x, y = (i % 2) * 175, HEIGHT + 52 + (i // 2) * 16
        dash = f' stroke-dasharray="{DASHES[i % 7]}"' if DASHES[i % 7] else ""
        yield f'<path d="M{x} {y - 4}h22" stroke="{COLOURS[i % 7]}" stroke-width="2"{dash}/>'
        yield f'<text x="{x + 26}" y="{y}">{escape(label)}</text>'


def panel(title, ticks, entries, left):
    yield f'<g transform="translate({left},{TOP})">'
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#999"/>'
    for exponent in range(LOW, HIGH + 1):
        y = height(10.0**exponent)
        yield f'<path d="M0 {y:.1f}h{WIDTH}" stroke="#ddd"/>'
        word = ("≤" if exponent == LOW else "") + power(exponent)
        yield f'<text x="-6" y="{y + 4:.1f}" text-anchor="end">{word}</text>'
    step = WIDTH / len(ticks)
    for i, tick in enumerate(ticks):
        yield f'<text x="{step * (i + 0.5):.1f}" y="{HEIGHT + 16}" text-anchor="middle">{escape(tick)}</text>'
    yield f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT + 33}" text-anchor="middle">{escape(title)}</text>'
    for i, (_, values) in enumerate(entries):
        yield from line(i, values, step)
    yield from legend(entries)
    yield "</g>"


def chart(title, ticks, panels):
    """Two panels side by side: mean error in voxels against the points of an axis."""
    rows = max(-(-len(entries) // 2) for entries in panels)
    width, total = LEFT + 2 * WIDTH + BETWEEN + 46, TOP + HEIGHT + 48 + rows * 16
    parts = [
        head(width, total),
        f'<text x="{LEFT}" y="20" font-size="13">mean error, voxels (logarithmic)</text>',
    ]
    for i, entries in enumerate(panels):
        parts += panel(title, ticks, entries, LEFT + i * (WIDTH + BETWEEN + 36))
    return "\n".join([*parts, "</svg>", ""])
