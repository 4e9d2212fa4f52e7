"""Class-probability maps in files: pictures, animations, and what is refused."""

import re
import stat
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from innerview import ClassMap, plot_maps
from innerview.class_maps_colors import of_classes, scale
from innerview.class_maps_draw import ticks
from innerview.class_maps_video import find_ffmpeg
from tests.store_records import shares

Pixels = NDArray[np.int64]


def made_of(winner: NDArray[np.int64], epoch: int | None = None, sure: float = 1.0) -> ClassMap:
    """A map whose points are of these classes, (height, width), out of four."""
    rest = (1 - sure) / 3
    values = np.full((*winner.shape, 4), rest, np.float32)
    np.put_along_axis(values, winner[..., None], np.float32(sure), 2)
    return ClassMap(values, (0.0, 2.0), (0.0, 1.0), "region", epoch)


def frames(path: Path) -> list[Pixels]:
    with Image.open(path) as image:
        return [
            np.asarray(frame.convert("RGB")).astype(np.int64)
            for frame in ImageSequence.Iterator(image)
        ]


def pixels(path: Path) -> Pixels:
    (frame,) = frames(path)
    return frame


def soften(number: int) -> Pixels:
    return np.rint(0.72 * of_classes(4)[number] + 0.28 * 255).astype(np.int64)


def share_of(picture: Pixels, color: Any) -> float:
    return float((np.abs(picture - color).max(2) <= 2).mean())


def test_a_region_lies_where_its_class_wins_and_the_first_row_is_the_lowest(tmp_path: Path) -> None:
    winner = np.zeros((21, 41), np.int64)
    winner[:10, 20:] = 3
    path = plot_maps(made_of(winner), tmp_path / "map.png", figsize=(6, 4), title="é <b>")
    assert path == tmp_path / "map.png"
    drawn = pixels(path)
    assert drawn.shape == (400, 600, 3)
    below = np.argwhere(np.abs(drawn - soften(3)).max(2) <= 2)
    above = np.argwhere(np.abs(drawn - soften(0)).max(2) <= 2)
    # Row, column from the top left: the third class is in the lower right corner of the map.
    assert below[:, 0].min() > above[:, 0].min() + 50 and below[:, 1].min() > above[:, 1].min() + 50
    assert len(below) / len(above) == pytest.approx(0.25 / 0.75, abs=0.03)
    # The other classes are only in the legend, in their own colours.
    assert share_of(drawn, of_classes(4)[1].astype(int)) < 0.01


def test_a_boundary_is_of_the_scale_colour_of_its_probability(tmp_path: Path) -> None:
    for sure in (1.0, 0.25, 0.625):
        found = made_of(np.zeros((5, 9), np.int64), sure=sure)
        plot_maps(found, tmp_path / "b.png", map_type="boundary", colormap="viridis")
        level = round((sure - 0.25) / 0.75 * 255)
        assert share_of(pixels(tmp_path / "b.png"), scale("viridis")[level].astype(int)) > 0.2


def test_what_is_unknown_is_gray(tmp_path: Path) -> None:
    values = shares(5, 5, 4).astype(np.float32)
    values[:, 3:] = np.nan
    for kind in ("boundary", "region"):
        found = ClassMap(values, (0, 1), (0, 1))
        plot_maps(found, tmp_path / "n.png", map_type=kind, dark=True)  # type: ignore[arg-type]
        assert share_of(pixels(tmp_path / "n.png"), (72, 80, 89)) > 0.1


def test_a_gif_moves_through_the_classes_of_its_maps_and_no_other(tmp_path: Path) -> None:
    maps = [made_of(np.full((3, 5), k), epoch) for epoch, k in enumerate((0, 2, 2, 1))]
    size = (3.2, 2.4)
    path = plot_maps(
        [maps[0], None, *maps[1:]], tmp_path / "m.gif", 4, frame_interval=40, figsize=size
    )
    found = frames(path)
    with Image.open(path) as image:
        assert image.info["duration"] == 40 and image.info["loop"] == 0
    assert len(found) == 13
    large = [[k for k in range(4) if share_of(frame, soften(k)) > 0.15] for frame in found]
    # The class changes where both are as probable, which is half way.
    assert large == [[0]] * 3 + [[2]] * 8 + [[1]] * 2
    geometric = plot_maps(
        maps, tmp_path / "g.gif", 2, "geometric", map_type="boundary", dark=True, figsize=size
    )
    assert len(frames(geometric)) == 7


def test_samples_are_drawn_where_they_lie(tmp_path: Path) -> None:
    flat = made_of(np.zeros((3, 5), np.int64))
    points = np.array([[0.5, 0.25], [1.5, 0.75], [9.0, 9.0], [np.nan, 0.0]])
    plot_maps(flat, tmp_path / "p.png", points=points, labels=[3, -1, 1, 1], dpi=200)
    drawn = pixels(tmp_path / "p.png")
    inside = np.argwhere(np.abs(drawn - soften(0)).max(2) <= 2)
    top, left = inside.min(0)
    bottom, right = inside.max(0)
    y, x = round(bottom - 0.25 * (bottom - top)), round(left + 0.25 * (right - left))
    assert np.abs(drawn[y, x] - of_classes(4)[3]).max() < 8, "in its class's own colour"
    y, x = round(bottom - 0.75 * (bottom - top)), round(left + 0.75 * (right - left))
    assert np.abs(drawn[y, x] - (205, 210, 216)).max() < 8, "without a label it is gray"


def test_a_page_holds_all_and_asks_for_nothing(tmp_path: Path) -> None:
    maps = [made_of(np.zeros((3, 5), np.int64), 1), made_of(np.ones((3, 5), np.int64), 2)]
    odd = "</script><script>alert(1)</script>"
    path = plot_maps(maps, tmp_path / "m.html", title=odd, class_names=[odd])
    text = path.read_text(encoding="utf-8")
    assert text.count("<script") == 2 and "alert(1)" in text and odd not in text
    assert not re.search(r"https?://|src=|@import|url\(", text)
    assert "default-src 'none'" in text


FAKE = """#!{python}
import pathlib, sys
if "-encoders" in sys.argv:
    print(" V..... libx264 H.264")
else:
    content = sys.stdin.buffer.read()
    pathlib.Path(sys.argv[-1]).write_text(f"{{len(content)}} " + " ".join(sys.argv[1:]))
    if {fails}:
        sys.exit("it hurts")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the program is a script with a first line")
def test_frames_are_fed_to_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    maps = [made_of(np.full((3, 5), k), epoch) for epoch, k in enumerate((0, 1))]
    program = tmp_path / "ffmpeg"
    monkeypatch.setattr("innerview.class_maps_video.find_ffmpeg", lambda: str(program))
    for fails in (False, True):
        program.write_text(FAKE.format(python=sys.executable, fails=fails), encoding="utf-8")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        if not fails:
            path = plot_maps(maps, tmp_path / "m.mp4", 10, figsize=(3, 2), dpi=101)
            size, *arguments = path.read_text(encoding="utf-8").split()
            assert int(size) == 11 * 304 * 202 * 3, "a frame's sides are even"
            assert "304x202" in arguments and "libx264" in arguments and "yuv420p" in arguments
            assert arguments[arguments.index("-r") + 1] == "50.0000"
        else:
            with pytest.raises(RuntimeError, match="ffmpeg failed: it hurts"):
                plot_maps(maps, tmp_path / "n.mp4")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["ffmpeg", "m.mp4"]


def test_a_video_is_one(tmp_path: Path) -> None:
    if find_ffmpeg() is None:
        pytest.skip("ffmpeg is not installed")
    maps = [made_of(np.full((3, 5), k), epoch) for epoch, k in enumerate((0, 1))]
    content = plot_maps(maps, tmp_path / "m.mp4", 5).read_bytes()
    assert content[4:8] == b"ftyp" and len(content) > 1000


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"path": "m.tiff"}, "has to end in .gif, .mp4, .html, .png"),
        ({"path": "m.png"}, "one map and not 2"),
        ({"maps": []}, "no maps"),
        ({"maps": [None]}, "no maps"),
        ({"interpolation_factor": 0}, "interpolation_factor"),
        ({"interpolation_factor": 1.5}, "interpolation_factor"),
        ({"interpolation_factor": 100_000}, "too many"),
        ({"interpolation_type": "cubic"}, "interpolation_type"),
        ({"colormap": "rainbows"}, "no colormap 'rainbows'"),
        ({"frame_interval": 0}, "frame_interval"),
        ({"frame_interval": "slow"}, "frame_interval"),
        ({"maps": None}, "no maps"),
        ({"figsize": (0.1, 5)}, "pixels"),
        ({"dpi": 100_000}, "pixels"),
        ({"map_type": "both"}, "map_type"),
        ({"points": np.zeros((3, 3))}, "points are"),
        ({"points": np.zeros((3, 2)), "labels": [1, 2]}, "labels are"),
        ({"points": np.zeros((2, 2)), "labels": ["a", "b"]}, "labels are"),
    ],
)
def test_what_cannot_be_plotted_is_a_sentence(
    tmp_path: Path, changes: dict[str, Any], sentence: str
) -> None:
    maps = [made_of(np.zeros((3, 5), np.int64), epoch) for epoch in (1, 2)]
    given = {"maps": maps, "path": "m.gif", **changes}
    given["path"] = tmp_path / given["path"]
    with pytest.raises(ValueError, match=sentence):
        plot_maps(**given)
    assert list(tmp_path.iterdir()) == [], "nothing half done is left"


def test_maps_of_two_grids_or_in_disorder_are_refused(tmp_path: Path) -> None:
    small, large = (made_of(np.zeros((k, 5), np.int64), k) for k in (3, 4))
    with pytest.raises(ValueError, match="of one grid"):
        plot_maps([small, large], tmp_path / "m.gif")
    with pytest.raises(ValueError, match="do not rise"):
        plot_maps([made_of(np.zeros((3, 5), np.int64), e) for e in (2, 1)], tmp_path / "m.gif")


def test_ticks_are_round_numbers() -> None:
    assert [text for text, _ in ticks(-2, 2, 5)] == ["-2", "-1", "0", "1", "2"]
    assert [text for text, _ in ticks(0.03, 0.11, 4)] == ["0.04", "0.06", "0.08", "0.1"]
    for low, high in ((-1e-9, 1e-9), (1e6, 1e6 + 3), (-3e30, 1e30)):
        found = ticks(low, high, 6)
        assert 2 <= len(found) <= 9 and all(-1e-5 <= share <= 1 + 1e-5 for _, share in found)


def test_every_scale_has_its_own_ends_and_classes_their_own_colours() -> None:
    for name in ("plasma", "viridis", "cividis", "grays"):
        found = scale(name)
        assert found.shape == (256, 3) and found.dtype == np.uint8
        np.testing.assert_array_equal(scale(f"{name}_r"), found[::-1])
        brightness = found @ [0.2126, 0.7152, 0.0722]
        assert (np.diff(brightness) > -2).all() and brightness[-1] - brightness[0] > 150
    assert len(np.unique(of_classes(60), axis=0)) == 60
