"""Pages with a damaged checkpoint, drawing, upload or cached array."""

import base64
import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from ae_models.artifacts import gallery
from ae_models.images import preparation
from tests.pages.conftest import PAGES, Visit, forget, keys, result, sentences, sheet
from tests.pages.pad import draw, stroke

DRAWING = {
    "denoise": {},
    "compare": {},
    "generate": {"style": "Of an image"},
    "start": {},
    "kl_and_beta": {},
    "sparsity": {},
    "contraction": {},
    "morph": {},
}
BAD_DRAWINGS = {
    "not base64": "?" * 4184,
    "783 bytes": base64.b64encode(bytes(783)).decode(),
    "785 bytes": base64.b64encode(bytes(785)).decode(),
    "30 MB": "A" * 30_000_000,
    "a number": 7,
    "a list": [1, 2],
    "a mapping": {"ink": "AAAA"},
}


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def png(image: Image.Image) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "PNG")
    return stream.getvalue()


def huge_png(side: int = 12_000) -> bytes:
    """A one-bit PNG of side² pixels in a few KB."""
    line = bytes(1 + side // 8)
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(line * side, 9)),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("page", ["denoise", "compare"])
def test_a_damaged_model_is_left_out_and_named(
    visit: Visit, at_first: Visit, page: str, copied: Path
) -> None:
    whole = result(at_first(page))
    forget()
    for damage in (flip_a_bit, Path.unlink):
        damage(copied / "mnist" / "conv" / "model.safetensors")
        at = visit(page)
        assert not at.exception
        (said,) = sentences(at)
        assert "checkpoints/mnist/conv/model.safetensors" in said
        assert ("is damaged" if damage is flip_a_bit else "is missing") in said
        assert "git checkout checkpoints" in said
        assert str(copied.parent) not in said
        assert keys(at)
        assert result(at) != whole
        without = next(n for n in at.main.get("button_group") if n.key == "variants/bottleneck")
        without.set_value([name for name in without.value if name != "conv"]).run()
        assert not sentences(at)


@pytest.mark.parametrize(
    ("page", "name"),
    [
        ("start", "undercomplete"),
        ("latent_space", "vae"),
        ("generate", "cvae"),
        ("generate", "judge"),
    ],
)
def test_a_page_without_its_model_says_so_in_one_sentence(
    visit: Visit, page: str, name: str, decoded: None, said: None, copied: Path
) -> None:
    flip_a_bit(copied / "mnist" / name / "model.safetensors")
    at = visit(page)
    assert not at.exception
    (sentence,) = sentences(at)
    assert f"checkpoints/mnist/{name}/model.safetensors is damaged" in sentence
    assert at.title and at.button(key="reset")
    other = visit(page, data="fashion")
    assert not sentences(other)
    assert result(other)


def test_a_damaged_gallery_is_named_on_every_page(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, decoded: None, said: None, copied: Path
) -> None:
    monkeypatch.setattr(gallery, "load", gallery.load.__wrapped__)  # decoded pictures are kept
    flip_a_bit(copied / "mnist" / "gallery" / "model.safetensors")
    for page in PAGES:
        at = visit(page)
        assert not at.exception
        for sentence in sentences(at):
            assert "checkpoints/mnist/gallery/model.safetensors" in sentence
        assert sentences(at) or result(at)  # a page may do without pictures of the data set
        assert at.title and at.button(key="reset")


def test_a_failure_is_not_remembered(visit: Visit, decoded: None, copied: Path) -> None:
    path = copied / "mnist" / "conv" / "model.safetensors"
    content = path.read_bytes()
    path.unlink()
    assert sentences(visit("denoise"))
    path.write_bytes(content)
    assert not sentences(visit("denoise"))


@pytest.mark.parametrize("page", DRAWING)
def test_a_damaged_drawing_gives_a_notice(visit: Visit, page: str, decoded: None) -> None:
    at = visit(page, source="draw", **DRAWING[page])
    for damage, ink in BAD_DRAWINGS.items():
        draw(at, ink)
        assert not at.exception, damage
        assert sentences(at) == [preparation.BAD_DRAWING], damage
    draw(at, stroke())
    assert not at.exception and not sentences(at)
    assert "source_seen" in keys(at)


def test_a_pad_whose_whole_state_is_nonsense_is_an_empty_pad(visit: Visit, decoded: None) -> None:
    at = visit("denoise", source="draw")
    (pad,) = (key for key in keys(at) if "_pad_" in key)
    for value in (7, "ink", [1], {"other": 1}):
        at.session_state[pad] = value
        at.run()
        assert not at.exception, value


@pytest.mark.parametrize("page", DRAWING)
def test_a_drawing_is_shown_as_the_models_get_it(visit: Visit, at_first: Visit, page: str) -> None:
    at = visit(page, source="draw", **DRAWING[page])
    before = result(at)
    draw(at, stroke())
    assert not at.exception
    drawn = result(at)
    assert len(drawn) > len(before)
    at.button(key="reset").click().run()
    assert result(at) == result(at_first(page))


def test_a_drawing_stays_from_page_to_page(visit: Visit, decoded: None) -> None:
    at = draw(visit("denoise", source="draw"), stroke())
    (_, seen), *_ = sheet(at, "source_seen")
    at.switch_page("../../pages/compare.py").run()
    at.main.get("button_group")[0].set_value("draw").run()
    assert not at.exception
    (_, again), *_ = sheet(at, "source_seen")
    assert (again == seen).all()


def test_a_linked_image_is_shown_and_a_damaged_one_gives_a_notice(
    visit: Visit, decoded: None
) -> None:
    image = (np.arange(784).reshape(28, 28) % 16 * 17).astype(np.uint8)
    text = preparation.to_text(image)
    at = visit("denoise", source="Draw", img=text)
    (_, seen), *_ = sheet(at, "source_seen")
    assert (seen[0] == image).all()
    for bad in ("AAAA", text[:-1] + "!", "A" * 600_000):
        at = visit("denoise", source="Draw", img=bad)
        assert not at.exception
        assert "source_seen" not in keys(at)
        if len(bad) < 1000:  # a longer one is dropped with all that no control could have written
            assert sentences(at) == [preparation.BAD_TEXT]


NAMES = [
    "../../x.png",
    "x" * 4000 + ".png",
    "\u202egnp.exe.png",
    "<img src=x onerror=alert(1)>.png",
]


def test_an_upload_is_prepared_whatever_it_is_called(visit: Visit, decoded: None) -> None:
    grey = Image.new("L", (60, 80), 255)
    grey.paste(0, (25, 10, 35, 70))
    at = visit("denoise", source="upload")
    without = result(at)
    for name in NAMES:
        at.file_uploader[0].set_value((name, png(grey), "image/png")).run()
        assert not at.exception and not sentences(at), name
        assert {"source_seen", "denoised"} <= set(keys(at)), name
        assert result(at) != without, name
        assert "onerror" not in " ".join(text.value for text in (*at.markdown, *at.caption))


BAD_UPLOADS = {
    "12000² pixels": (huge_png(), preparation.TOO_MANY_PIXELS),
    "nothing": (b"", preparation.UNREADABLE),
    "truncated": (png(Image.effect_noise((90, 90), 50))[:2000], preparation.UNREADABLE),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", preparation.UNREADABLE),
    "all black": (png(Image.new("L", (50, 50), 0)), preparation.EMPTY),
    "all white": (png(Image.new("L", (50, 50), 255)), preparation.EMPTY),
}


def test_a_bad_upload_gives_a_notice(visit: Visit, decoded: None) -> None:
    at = visit("denoise", source="upload")
    for name, (content, reason) in BAD_UPLOADS.items():
        at.file_uploader[0].set_value(("x.png", content, "image/png")).run()
        assert not at.exception, name
        assert sentences(at) == [reason], name
        assert at.button(key="reset")


def writing_page() -> None:
    """A page that writes to everything that is cached."""
    import streamlit as st

    from ui.cache import image_sets, latent, models
    from ui.views.compare import cache

    for array in (
        image_sets.images("mnist").pixels,
        image_sets.images("mnist").labels,
        latent.codes("mnist", "conv"),
        cache.errors("mnist", "conv"),
        latent.principal("mnist", "conv").mean,
    ):
        try:
            array[0] = 0
            st.text("written")
        except ValueError as error:
            st.text(str(error))
    models.available("mnist", "codes").clear()
    try:
        models.card_of("mnist", "conv").name = "other"
    except ValueError as error:
        st.text(error.errors()[0]["msg"])


def test_writing_to_cached_arrays_is_not_possible(visit: Visit, decoded: None) -> None:
    before = result(visit("compare"))
    at = AppTest.from_function(writing_page, default_timeout=120).run()
    assert not at.exception
    assert {text.value for text in at.text} == {
        "assignment destination is read-only",
        "Instance is frozen",
    }
    assert result(visit("compare")) == before
