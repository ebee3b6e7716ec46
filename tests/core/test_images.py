"""Every kind of picture that may come, and what is left of it."""

import time
import tracemalloc
from io import BytesIO

import pytest
from PIL import Image

from src.core import images
from src.core.images import ImageDamagedError, ImageTooLargeError, UnsupportedImageError
from tests.support import pictures
from tests.support.pictures import BLUE, RED


def read(encoded: dict[str, bytes], size: str = "large") -> Image.Image:
    image = Image.open(BytesIO(encoded[f"{size}.webp"]))
    image.load()
    return image


def is_near(pixel: object, color: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) < 40 for one, other in zip(pixel, color, strict=False))


def test_a_picture_becomes_three_webps_of_its_own_proportions() -> None:
    encoded = images.encode_sizes(pictures.jpeg((4000, 3000)))
    assert set(encoded) == set(images.FILES) == {"thumb.webp", "medium.webp", "large.webp"}
    sizes = {size: read(encoded, size).size for size in images.SIZES}
    assert sizes == {"large": (2048, 1536), "medium": (1024, 768), "thumb": (256, 192)}
    for content in encoded.values():
        assert content[:4] == b"RIFF"
        assert content[8:12] == b"WEBP"


def test_a_small_picture_is_not_enlarged() -> None:
    encoded = images.encode_sizes(pictures.jpeg((300, 100)))
    assert {size: read(encoded, size).size for size in images.SIZES} == {
        "large": (300, 100),
        "medium": (300, 100),
        "thumb": (256, 85),
    }
    assert read(images.encode_sizes(pictures.saved(pictures.halves((1, 1)), "PNG"))).size == (1, 1)
    assert read(images.encode_sizes(pictures.saved(pictures.halves((20_000, 2)), "PNG"))).size == (2048, 1)


@pytest.mark.parametrize("kind", images.FORMATS)
def test_the_kinds_that_we_accept(kind: str) -> None:
    image = read(images.encode_sizes(pictures.saved(pictures.halves(), kind)))
    assert is_near(image.getpixel((10, 10)), RED)
    assert is_near(image.getpixel((630, 10)), BLUE)


@pytest.mark.parametrize("name", pictures.NO_PICTURES)
def test_what_is_no_picture_is_refused(name: str) -> None:
    with pytest.raises(UnsupportedImageError):
        images.encode_sizes(pictures.NO_PICTURES[name])


@pytest.mark.parametrize("name", pictures.POLYGLOTS)
def test_of_a_file_that_is_two_things_only_the_pixels_are_left(name: str) -> None:
    assert pictures.HTML in pictures.POLYGLOTS[name]
    encoded = images.encode_sizes(pictures.POLYGLOTS[name])
    for content in encoded.values():
        assert b"script" not in content
        assert b"PK\x03\x04" not in content
    assert is_near(read(encoded).getpixel((10, 10)), RED)


@pytest.mark.parametrize("name", pictures.BOMBS)
def test_a_bomb_is_refused_by_its_header(name: str) -> None:
    tracemalloc.start()
    started = time.thread_time()
    with pytest.raises(ImageTooLargeError):
        images.encode_sizes(pictures.BOMBS[name])
    assert time.thread_time() - started < 0.5
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("kind", images.FORMATS)
def test_the_limit_of_pixels_is_where_we_say(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    assert "51 million" in ImageTooLargeError.detail
    assert "25 million" in ImageTooLargeError.detail
    assert (images.MOST_PIXELS, images.MOST_PIXELS_BUT_JPEG) == (51_000_000, 25_000_000)
    monkeypatch.setattr(images, "MOST_PIXELS" if kind == "JPEG" else "MOST_PIXELS_BUT_JPEG", 640 * 480)
    assert images.encode_sizes(pictures.saved(pictures.halves((640, 480)), kind))
    with pytest.raises(ImageTooLargeError):
        images.encode_sizes(pictures.saved(pictures.halves((641, 480)), kind))


def test_a_jpeg_that_is_small_to_send_and_long_to_decode_is_refused() -> None:
    bomb = pictures.many_scans()
    started = time.thread_time()
    with pytest.raises(ImageDamagedError):
        images.encode_sizes(bomb)
    assert time.thread_time() - started < 0.3
    assert images.encode_sizes(pictures.jpeg(progressive=True))


@pytest.mark.parametrize("kind", images.FORMATS)
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_file_is_refused(kind: str, share: float) -> None:
    content = pictures.saved(Image.effect_noise((200, 200), 90).convert("RGB"), kind)
    with pytest.raises((ImageDamagedError, UnsupportedImageError)):
        images.encode_sizes(content[: int(len(content) * share)])


def test_a_file_with_wrong_bytes_inside_is_refused_or_read_but_never_an_error_of_ours() -> None:
    content = pictures.saved(pictures.halves((64, 64)), "PNG")
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 0xFF
        try:
            images.encode_sizes(bytes(changed))
        except (UnsupportedImageError, ImageDamagedError, ImageTooLargeError):
            continue


def test_neither_place_nor_camera_nor_comment_is_left() -> None:
    content = pictures.jpeg_with_place()
    assert b"Telephone Maker" in content
    assert Image.open(BytesIO(content)).getexif().get_ifd(0x8825)
    for encoded in images.encode_sizes(content).values():
        image = Image.open(BytesIO(encoded))
        assert not image.getexif()
        assert {"exif", "xmp", "icc_profile", "comment"}.isdisjoint(image.info)
        assert b"EXIF" not in encoded
        assert b"Telephone" not in encoded
        assert b"home" not in encoded


@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (640, 480), (10, 240), (630, 240)),
        (2, (640, 480), (630, 240), (10, 240)),
        (3, (640, 480), (630, 240), (10, 240)),
        (4, (640, 480), (10, 240), (630, 240)),
        (5, (480, 640), (240, 10), (240, 630)),
        (6, (480, 640), (240, 10), (240, 630)),
        (7, (480, 640), (240, 630), (240, 10)),
        (8, (480, 640), (240, 630), (240, 10)),
    ],
)
def test_a_picture_is_turned_upright(
    orientation: int, size: tuple[int, int], red_at: tuple[int, int], blue_at: tuple[int, int]
) -> None:
    image = read(images.encode_sizes(pictures.jpeg_with_place(orientation)))
    assert image.size == size
    assert is_near(image.getpixel(red_at), RED)
    assert is_near(image.getpixel(blue_at), BLUE)


def test_transparency_of_a_palette_is_kept() -> None:
    image = read(images.encode_sizes(pictures.palette_with_hole()))
    assert image.mode == "RGBA"
    hole, solid = image.getpixel((50, 50)), image.getpixel((350, 50))
    assert isinstance(hole, tuple)
    assert isinstance(solid, tuple)
    assert hole[3] == 0
    assert solid[3] == 255
    assert is_near(solid, BLUE)


def test_the_colours_of_print_become_those_of_the_screen() -> None:
    image = read(images.encode_sizes(pictures.saved(pictures.halves(mode="CMYK"), "JPEG")))
    assert image.mode == "RGB"
    assert is_near(image.getpixel((10, 10)), RED)


@pytest.mark.parametrize(
    ("mode", "value", "grey"),
    [("1", 1, 255), ("L", 128, 128), ("LA", (128, 255), 128), ("I;16", 32_768, 128)],
)
def test_grey_in_all_its_depths(mode: str, value: float | tuple[int, ...], grey: int) -> None:
    image = read(images.encode_sizes(pictures.saved(Image.new(mode, (40, 40), value), "PNG")))
    assert is_near(image.getpixel((20, 20)), (grey, grey, grey))


def test_a_profile_is_applied_and_not_kept() -> None:
    image = read(images.encode_sizes(pictures.wide_gamut()))
    assert is_near(image.getpixel((20, 20)), (255, 0, 0))
    assert "icc_profile" not in image.info


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_kept(kind: str) -> None:
    content = pictures.moving(kind)
    assert getattr(Image.open(BytesIO(content)), "n_frames", 1) == 3
    image = read(images.encode_sizes(content))
    assert getattr(image, "n_frames", 1) == 1
    assert is_near(image.getpixel((100, 100)), RED)
