"""Frames into a GIF with Pillow, or into an MP4 with ffmpeg."""

import importlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from PIL.Image import Image

# With their settings of quality.
CODECS = (("libx264", "-crf", "18"), ("mpeg4", "-q:v", "3"))
# GIFs count in hundredths of a second; players take less than two of them for ten.
TICK, FASTEST = 10, 20


def write_gif(
    frames: Iterator["Image"], place: Path, interval: float, colors: NDArray[np.uint8]
) -> None:
    """
    Args:
        frames: at least one, of one size; interval: milliseconds of each.
        colors: the only ones there will be: uint8, (n, 3), at most 256. With the same ones in all
            frames nothing flickers.
    """
    from PIL import Image

    palette = Image.new("P", (1, 1))
    palette.putpalette(np.resize(colors, (256, 3)).tobytes())
    reduced = (frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames)
    duration = max(FASTEST, round(interval / TICK) * TICK)
    next(reduced).save(
        place, "GIF", save_all=True, append_images=reduced, duration=duration, loop=0
    )


def find_ffmpeg() -> str | None:
    """The program on this machine, or the one that the package imageio-ffmpeg brings."""
    found = shutil.which("ffmpeg")
    if found is None:
        try:
            brought = importlib.import_module("imageio_ffmpeg")
            found = str(brought.get_ffmpeg_exe())
        except (ImportError, RuntimeError):
            return None
    return found


def write_mp4(
    frames: Iterator["Image"], place: Path, size: tuple[int, int], interval: float
) -> None:
    """
    Args:
        size: width and height, even; interval: milliseconds of a frame.

    Raises:
        RuntimeError: there is no ffmpeg, or it fails.
    """
    program = find_ffmpeg()
    if program is None:
        raise RuntimeError(
            "an .mp4 needs ffmpeg, which is not installed: pip install imageio-ffmpeg brings it; "
            "or save a .gif or an .html"
        )
    # Players need two fields of a colour for four pixels, and the table of frames in front.
    wanted = ["-an", "-c:v", *_codec(program), "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    made_of = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{size[0]}x{size[1]}"]
    given = [*made_of, "-r", f"{1000 / interval:.4f}", "-i", "pipe:0"]
    command = [program, "-v", "error", "-y", *given, *wanted, "-f", "mp4", str(place)]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=words
        )
        try:
            _feed(process, frames)
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
        if process.returncode:
            words.seek(0)
            lines = words.read().decode("utf-8", "replace").strip().splitlines()
            said = lines[-1] if lines else f"it ended with {process.returncode}"
            raise RuntimeError(f"ffmpeg failed: {said}")


def _feed(process: subprocess.Popen[bytes], frames: Iterator["Image"]) -> None:
    assert process.stdin is not None
    # It may have ended already; its last words say why.
    with suppress(BrokenPipeError), process.stdin as pipe:
        for frame in frames:
            pipe.write(frame.tobytes())


def _codec(program: str) -> tuple[str, ...]:
    """The usual encoder where this build has it, else one that every build has."""
    command = [program, "-v", "quiet", "-encoders"]
    known = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return CODECS[0] if CODECS[0][0].encode() in known.stdout else CODECS[1]
