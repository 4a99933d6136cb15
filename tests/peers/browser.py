"""A browser without a window: what a page becomes in it, and what its console says."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

#: Names of Chromium, in the order in which they are tried.
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--virtual-time-budget=4000",
)


def path():
    """Where Chromium is: CHROMIUM, or on the path; None if it is not there."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def run(page, *flags):
    """Opens a page; what comes on standard output, and the lines of the console."""
    with tempfile.TemporaryDirectory() as profile:
        command = [path(), *FLAGS, f"--user-data-dir={profile}", *flags, page]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
    console = re.findall(r"CONSOLE[:(].*", done.stderr.decode(errors="replace"))
    return done.stdout.decode(), console


def dom(file, fragment=""):
    """The document of a page as the browser has it once its scripts have run, and its console."""
    return run(Path(file).resolve().as_uri() + fragment, "--dump-dom")


def screenshot(file, picture, size, fragment="", dark=False):
    """Writes a picture of a page."""
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    window = f"--window-size={size[0]},{size[1]}"
    return run(Path(file).resolve().as_uri() + fragment, window, f"--screenshot={picture}", *scheme)[1]
