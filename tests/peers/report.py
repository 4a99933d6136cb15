"""`report` in a real browser: no errors, letters that are right by nibabel, pixels that are right by SciPy.

Needs Chromium. Without it one line says so; PEERS_REQUIRE_CHROMIUM=1 makes its absence an error.
"""

import base64
import html
import itertools
import json
import os
import re
import struct
import sys
import zlib

import nibabel
import numpy as np
import scipy.ndimage

import browser
import program
from ledger import Section

#: A name that would be a picture, a script and the end of one, if it became markup.
EVIL = "</script><img src=x onerror=console.error(1)>&\"'`"

#: What follows from a page when it is used: keys are pressed, verdicts are exported.
KEYS = """
<script>
(() => {
  const press = (key, target = document.body) =>
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
  let made;
  URL.createObjectURL = (blob) => { made = blob; return 'data:,'; };
  URL.revokeObjectURL = () => {};
  document.addEventListener('click', (event) => { if (event.target.download) event.preventDefault(); });
  ['n', 'g', 'n', 'b', 't'].forEach((key) => press(key));
  const note = document.getElementById('note');
  note.value = 'left, "wrong"';
  note.dispatchEvent(new Event('input'));
  note.blur();
  ['p', 'h', 'm', 'e'].forEach((key) => press(key));
  const say = (id, text) => {
    const element = document.createElement('pre');
    element.id = id;
    element.textContent = text;
    document.body.append(element);
  };
  say('state', document.body.className + ' | ' + document.querySelector('#one h2').textContent);
  const find = document.getElementById('find');
  find.value = 'volume-3';
  find.dispatchEvent(new Event('input'));
  say('filtered', document.getElementById('count').textContent);
  made.text().then((text) => say('verdicts', text));
})();
</script>
"""


def data_of(page):
    """The data within a page."""
    text = page.read_text(encoding="utf-8")
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def pixels(png):
    """The numbers of the colours of an indexed PNG without filters."""
    width, height = struct.unpack(">II", png[16:24])
    at, packed = 8, b""
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        packed += png[at + 8 : at + 8 + length] if png[at + 4 : at + 8] == b"IDAT" else b""
        at += 12 + length
    return np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, width + 1)[:, 1:].astype(int)


def heat_of(piece):
    """The pixels of a slice."""
    return pixels(base64.b64decode(piece["heat"]["png"]))


def bump(shape, centre, sigma=1.6):
    """A Gaussian."""
    grid = np.indices(shape).reshape(3, -1).T - centre
    return np.exp(-0.5 * (grid**2).sum(1) / sigma**2).reshape(shape)


def affines(rng):
    """Eight affines: axes in any order and direction."""
    orders = rng.permutation(list(itertools.permutations(range(3))))
    for number in range(8):
        affine = np.zeros((4, 4))
        sizes = rng.uniform(0.8, 1.3, 3)
        for axis in range(3):
            affine[orders[number % 6][axis], axis] = sizes[axis] * (-1 if number >> axis & 1 else 1)
        affine[:3, 3] = rng.uniform(-50, 50, 3)
        affine[3, 3] = 1
        yield affine


def written(rng, folder):
    """Eight volumes of three channels, and what nibabel says of their axes.

    Channel a has its peak in the middle, and a lower one on the side to which axis a points.
    """
    codes = {}
    for number, affine in enumerate(affines(rng)):
        shape, centre = (29, 31, 27), np.array([14, 15, 13])
        maps = [bump(shape, centre) + 0.6 * bump(shape, centre + 8 * np.eye(3)[axis]) for axis in range(3)]
        image = nibabel.Nifti1Image(np.stack(maps, -1).astype(np.float32), affine)
        nibabel.save(image, folder / f"volume-{number}.nii.gz")
        codes[f"volume-{number}.nii.gz"] = nibabel.aff2axcodes(affine)
    return codes


def side_of(heat):
    """On which side of the middle the lower peak lies."""
    height, width = heat.shape
    y, x = np.indices(heat.shape)
    away = np.hypot(x - width // 2, y - height // 2) > 4.5
    y, x = (np.average(place, weights=(heat > 25) & away) for place in (y, x))
    y, x = y - height // 2, x - width // 2
    if abs(x) > abs(y):
        return "right" if x > 0 else "left"
    return "bottom" if y > 0 else "top"


def letters_of(document, view):
    """The letters that the browser shows about a slice."""
    figure = re.search(rf'<svg[^>]*data-view="{view}".*?</svg>', document, re.S)[0]
    found = dict(re.findall(r'data-side="([^"]*)"[^>]*>([^<]*)</text>', figure))
    sides = ("start central", "end central", "middle hanging", "middle text-after-edge")
    return dict(zip(("left", "right", "top", "bottom"), (found[side] for side in sides), strict=True))


def orientation(rng, folder):
    """The letters of eight volumes in a browser, against the axis codes of nibabel."""
    section = Section("report: letters")
    codes = written(rng, folder)
    for convention in ("radiological", "neurological"):
        page = folder / f"{convention}.html"
        args = ["report", *codes, "--method", "hard", "--field-of-view", "25", "--convention", convention]
        done = program.run([*args, "-q", "-o", page.name], folder)
        section.expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr.decode()}")
        entries = data_of(page)["entries"]
        section.expect(len(entries) == 24, f"{len(entries)} entries")
        # The letters of the other convention follow from the same code: some of them will do.
        looked_at = entries if convention == "radiological" else entries[:5]
        for place, entry in enumerate(looked_at):
            document, console = browser.dom(page, f"#landmark-{place}")
            section.expect(not console, f"{entry['file']}: {console}")
            shown = html.unescape(re.search(r'class="where">([^<]*)</p>', document)[1])
            section.expect(shown == entry["file"], f"{shown} is shown for {entry['file']}")
            expected = codes[entry["file"]][entry["c"]]
            seen = 0
            for piece in entry["slices"]:
                heat = heat_of(piece)
                letters = letters_of(document, piece["name"])
                section.expect(list(letters.values()) == piece["letters"], f"{letters} {piece['letters']}")
                if piece["name"] != "sagittal":
                    left = "R" if convention == "radiological" else "L"
                    section.expect(letters["left"] == left, f"{convention}: {letters}")
                if expected in letters.values():
                    seen += 1
                    side = side_of(heat)
                    where = f"{entry['file']} {piece['name']}: {letters}, not {expected} on the {side}"
                    section.expect(letters[side] == expected, where)
            section.expect(seen == 2, f"{entry['file']}: {expected} is on {seen} slices")
    return section


def values(rng, folder):
    """The pixels of an oblique volume, against SciPy's interpolation at the same places of the patient."""
    section = Section("report: pixels")
    turn, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    affine = np.eye(4)
    affine[:3, :3] = turn @ np.diag([1.1, 0.9, 1.6])
    affine[:3, 3] = rng.uniform(-30, 30, 3)
    shape = (36, 33, 30)
    smooth = scipy.ndimage.gaussian_filter(rng.normal(size=shape), 2)
    volume = (smooth / smooth.std() + 9 * bump(shape, rng.uniform(12, 20, 3), 3)).astype(np.float32)
    nibabel.save(nibabel.Nifti1Image(volume, affine), folder / "oblique.nii")
    page = folder / "oblique.html"
    program.run(["report", "oblique.nii", "--method", "gaussian", "-q", "-o", page.name], folder)
    entry = data_of(page)["entries"][0]
    inverse, (low, high) = np.linalg.inv(affine), entry["range"]
    directions = {"R": (0, 1), "L": (0, -1), "A": (1, 1), "P": (1, -1), "S": (2, 1), "I": (2, -1)}
    for piece in entry["slices"]:
        heat = heat_of(piece)
        rows, columns = heat.shape
        sizes = np.array(piece["extent"]) / (columns, rows)
        y, x = np.indices(heat.shape)
        world = np.tile(np.array(entry["world"])[:, None, None], (1, rows, columns))
        right, down = (x - columns // 2) * sizes[0], (y - rows // 2) * sizes[1]
        for side, step in ((1, right), (3, down)):
            axis, sign = directions[piece["letters"][side]]
            world[axis] += sign * step
        voxel = np.einsum("ij,jyx->iyx", inverse[:3, :3], world) + inverse[:3, 3][:, None, None]
        inside = np.all([(voxel[axis] >= 0) & (voxel[axis] <= shape[axis] - 1) for axis in range(3)], axis=0)
        expected = scipy.ndimage.map_coordinates(volume.astype(float), voxel, order=1)
        level = 1 + np.round(np.clip((expected - low) / (high - low), 0, 1) * 62)
        off = np.abs(heat - level)[inside].max()
        where = f"{piece['name']}: {inside.sum()} inside, off by {off}"
        section.expect(inside.sum() > 500 and off <= 1, where)
    return section


def use(folder):
    """Keys, verdicts and filters; names that are no markup; the page on paper."""
    section = Section("report: use")
    page = folder / "used.html"
    files = sorted(path.name for path in folder.glob("volume-*.nii.gz"))
    names = f"{EVIL},two,three"
    (folder / "labels.txt").write_text("\n".join([EVIL, "two", "three"]), encoding="utf-8")
    args = ["report", *files, "--labels", "labels.txt", "--title", EVIL, "-q", "-o", page.name]
    program.run(args, folder)
    control = folder / "control.html"
    control.write_text("<script>console.error('heard')</script>", encoding="utf-8")
    section.expect(any("heard" in line for line in browser.dom(control)[1]), "the console is not heard")
    page.write_text(page.read_text(encoding="utf-8").replace("</body>", KEYS + "</body>"), encoding="utf-8")
    document, console = browser.dom(page)
    section.expect(not console, f"{console}")
    section.expect('src="x"' not in document, f"{names} became markup")

    def told(name):
        found = re.search(rf'<pre id="{name}">(.*?)</pre>', document, re.S)
        return html.unescape(found[1]) if found else ""

    entries = data_of(page)["entries"]
    second = entries[1].get("label")
    states = {f"no-heat no-marks | {entry['label']}" for entry in entries[:2]}
    section.expect(told("state") in states, told("state"))
    section.expect(told("filtered") == f"3 of {len(entries)} shown", told("filtered"))
    verdicts = told("verdicts")
    section.expect(verdicts.count(",good,") == 1 and verdicts.count(",bad,") == 1, verdicts[:500])
    section.expect('"left, ""wrong"""' in verdicts and second is not None, verdicts[:500])
    pdf = folder / "paper.pdf"
    browser.run(page.resolve().as_uri(), f"--print-to-pdf={pdf}")
    section.expect(pdf.stat().st_size > 50_000, f"{pdf.stat().st_size} bytes on paper")
    for dark in (False, True):
        picture = folder / "seen.png"
        console = browser.screenshot(page, picture, (1000, 800), dark=dark)
        section.expect(not console and picture.stat().st_size > 10_000, f"dark {dark}: {console}")
    return section


def run(rng, folder):
    """All of it, if there is a browser."""
    if browser.path() is None:
        if os.environ.get("PEERS_REQUIRE_CHROMIUM") == "1":
            sys.exit("report: chromium is absent, and PEERS_REQUIRE_CHROMIUM asks for it")
        print("report: SKIPPED, chromium is absent", flush=True)
        return []
    return [orientation(rng, folder), values(rng, folder), use(folder)]
