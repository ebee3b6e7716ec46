"""Pictures that people send us, made safe: what we keep is always encoded by ourselves.

The type is what the bytes say, never a name or a header. What else a file carries (EXIF with the place where it
was taken, comments, a second format hidden behind the first) does not survive: sizes are written from pixels
alone, as WebP.
"""

import warnings
from collections.abc import Callable, Mapping
from http import HTTPStatus
from io import BytesIO
from typing import Final, TypeVar

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from src.core.errors import InvalidError, ProblemError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
# Longest edge in pixels. A picture is never enlarged.
SIZES: Final[Mapping[str, int]] = {"large": 2048, "medium": 1024, "thumb": 256}
FILES: Final = tuple(f"{size}.webp" for size in SIZES)
QUALITY: Final = 82
EFFORT: Final = 2  # of 6; the default of 4 takes twice as long and saves one byte in a hundred

# A telephone's 50-megapixel JPEG passes: a quarter of it is decoded, or 200 MB. Other kinds are decoded whole, and
# with transparency copied once.
MOST_PIXELS: Final = 51_000_000
MOST_PIXELS_BUT_JPEG: Final = 25_000_000
_JPEG: Final = {"JPEG", "MPO"}
# Progressive JPEGs have about ten. Each further one costs a pass over all pixels and only a few bytes.
MOST_JPEG_SCANS: Final = 100

# Pillow only warns up to twice its limit. Ours is checked below; this one is for what Pillow finds on its way.
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

T = TypeVar("T")


class UnsupportedImageError(ProblemError):
    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_image"
    detail = "This is not a picture we can read; send a JPEG, PNG, WebP or GIF."


class ImageTooLargeError(InvalidError):
    code = "image_too_large"
    detail = (
        "The picture has too many pixels; at most 51 million are accepted in a JPEG, 25 million in others."
    )


class ImageDamagedError(InvalidError):
    code = "image_damaged"
    detail = "The picture is damaged or incomplete."


def encode_sizes(content: bytes) -> dict[str, bytes]:
    """`thumb.webp`, `medium.webp` and `large.webp` of a picture; of a moving one its first frame.

    Takes tenths of a second and up to 230 MB: not for the event loop. Raises `UnsupportedImageError`,
    `ImageTooLargeError` or `ImageDamagedError`.
    """
    image = _decode(content)
    encoded = {}
    for size, edge in SIZES.items():  # from the largest to the smallest, each made from the one before
        image.thumbnail((edge, edge))
        encoded[f"{size}.webp"] = _as_webp(image)
    return encoded


def _decode(content: bytes) -> Image.Image:
    _refuse_huge_webp(content)
    with _foreign(lambda: Image.open(BytesIO(content), formats=FORMATS), UnsupportedImageError) as image:
        # Until here only the header was read.
        is_jpeg = image.format in _JPEG
        if image.width * image.height > (MOST_PIXELS if is_jpeg else MOST_PIXELS_BUT_JPEG):
            raise ImageTooLargeError
        if is_jpeg and content.count(b"\xff\xda") > MOST_JPEG_SCANS:
            raise ImageDamagedError
        return _foreign(lambda: _pixels(image), ImageDamagedError)


def _foreign(read: Callable[[], T], refusal: type[ProblemError]) -> T:
    """What decoders raise on crafted bytes is of any type; to the sender it is all the same."""
    try:
        return read()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLargeError from error
    except UnidentifiedImageError as error:
        raise UnsupportedImageError from error
    except Exception as error:
        raise refusal from error


def _pixels(image: Image.Image) -> Image.Image:
    """The first frame, upright, in sRGB, with nothing but pixels.

    Shrunk first, so that no second copy of all pixels is ever made of a photo.
    """
    largest = max(SIZES.values())
    profile = image.info.get("icc_profile")
    image.draft("RGB", (largest, largest))  # a JPEG is decoded at half or a quarter where that is enough
    if image.mode not in _SHRINKABLE:
        image = _with_plain_pixels(image)
    image.thumbnail((largest, largest))
    plain = _to_srgb(_upright(image), profile)
    plain.info.clear()
    return plain


_SHRINKABLE: Final = {"RGB", "RGBA", "CMYK", "L"}


def _with_plain_pixels(image: Image.Image) -> Image.Image:
    """Palettes and bits can't be shrunk; of 16 bits a conversion would keep the wrong eight."""
    exif = image.getexif()
    if image.mode.startswith("I"):
        plain = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    else:
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    plain.getexif().update(exif)
    return plain


def _upright(image: Image.Image) -> Image.Image:
    """As it was held. EXIF that can't be read, which many programs write, says nothing about that."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - the parser of EXIF raises whatever its bytes lead to
        return image.copy()


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Telephones write wider colours than the web's; without its profile such a picture looks pale."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            converted = ImageCms.profileToProfile(image, BytesIO(profile), _SRGB, outputMode=mode)
        except ImageCms.PyCMSError:
            converted = None  # a broken profile, or one of another kind of pixels: as if there were none
        if converted is not None:
            return converted
    return image.convert(mode)


_SRGB: Final = ImageCms.createProfile("sRGB")


def _as_webp(image: Image.Image) -> bytes:
    written = BytesIO()
    image.save(written, "WEBP", quality=QUALITY, method=EFFORT)
    return written.getvalue()


def _refuse_huge_webp(content: bytes) -> None:
    """Pillow sets aside the memory of a WebP when it opens it: its size is read from the header before.

    The extended header has 24 bits an edge; the others have 14, and what they can hold is checked after opening.
    (WebP Container Specification, "Extended File Format")
    """
    if content[:4] == b"RIFF" and content[8:16] == b"WEBPVP8X":
        width = int.from_bytes(content[24:27], "little") + 1
        height = int.from_bytes(content[27:30], "little") + 1
        if width * height > MOST_PIXELS_BUT_JPEG:
            raise ImageTooLargeError
