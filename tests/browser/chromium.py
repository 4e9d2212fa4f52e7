"""Chromium as a guest of a machine without a screen, a graphics card or a network."""

import os
import shutil

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find_chromium() -> str | None:
    """Path of the browser: the one named in INNERVIEW_CHROMIUM, or the first that is installed."""
    names = (os.environ.get("INNERVIEW_CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)
