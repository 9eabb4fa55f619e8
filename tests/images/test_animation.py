"""Animations read back by Pillow: frames, durations, and looping."""

import io

import numpy as np
import pytest
from PIL import Image

from ae_models.images import animation

FRAMES = np.random.default_rng(0).integers(0, 256, (5, 28, 28), dtype=np.uint8)
WRITERS = {"GIF": animation.to_gif, "WEBP": animation.to_webp}


def read(content: bytes) -> tuple[Image.Image, list[np.ndarray], list[int]]:
    """The frames of an animation, and the duration of each in ms."""
    image = Image.open(io.BytesIO(content))
    frames, milliseconds = [], []
    for number in range(image.n_frames):
        image.seek(number)
        image.load()
        frames.append(np.asarray(image.convert("L")))
        milliseconds.append(image.info["duration"])
    return image, frames, milliseconds


@pytest.mark.parametrize("kind", WRITERS)
def test_frames_are_stored_exactly_and_the_animation_loops(kind: str) -> None:
    asked = [320, 80, 80, 80, 320]
    image, frames, milliseconds = read(WRITERS[kind](FRAMES, asked, 6))
    assert image.format == kind and image.info["loop"] == 0
    assert image.size == (168, 168)
    assert len(frames) == 5 and milliseconds == asked
    for frame, picture in zip(frames, FRAMES, strict=True):
        assert np.array_equal(frame, picture.repeat(6, axis=0).repeat(6, axis=1))


@pytest.mark.parametrize("kind", WRITERS)
def test_frames_that_do_not_move_keep_their_time(kind: str) -> None:
    still = FRAMES[:1].repeat(4, axis=0)
    _, frames, milliseconds = read(WRITERS[kind](still, [100] * 4))
    assert sum(milliseconds) == 400 or len(frames) == 1  # a still picture has no time
    assert np.array_equal(frames[0][::10, ::10], still[0])


@pytest.mark.parametrize("kind", WRITERS)
def test_one_frame_is_a_valid_animation(kind: str) -> None:
    image = Image.open(io.BytesIO(WRITERS[kind](FRAMES[:1], [100])))
    assert np.array_equal(np.asarray(image.convert("L"))[::10, ::10], FRAMES[0])


def test_there_and_back_passes_either_end_once() -> None:
    way = animation.forward_and_backward(FRAMES)
    assert len(way) == 8
    assert np.array_equal(way, FRAMES[[0, 1, 2, 3, 4, 3, 2, 1]])
    assert np.array_equal(animation.forward_and_backward(FRAMES[:2]), FRAMES[:2])
    assert np.array_equal(animation.forward_and_backward(FRAMES[:1]), FRAMES[:1])


def test_a_rate_becomes_tens_of_milliseconds() -> None:
    assert animation.durations(3, 12) == [80, 80, 80]
    assert animation.durations(3, 2, rest=(0, 2)) == [2000, 500, 2000]
    assert animation.durations(2, 500) == [animation.SHORTEST] * 2


@pytest.mark.parametrize("kind", WRITERS)
def test_anything_but_frames_is_refused(kind: str) -> None:
    for wrong in (FRAMES[:0], FRAMES / 255, FRAMES[0]):
        with pytest.raises(ValueError, match="uint8"):
            WRITERS[kind](wrong, [100] * len(wrong))
    with pytest.raises(ValueError, match="5 images but 2 durations"):
        WRITERS[kind](FRAMES, [100, 100])
