"""Files that people may send as pictures: sound, odd and hostile ones, made here."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms, ImageDraw

RED, BLUE, GREEN = (220, 30, 30), (30, 30, 220), (30, 200, 30)


def halves(size: tuple[int, int] = (640, 480), mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right: one sees which way up it is."""
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill=BLUE)
    return image.convert(mode)


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    written = BytesIO()
    image.save(written, kind, **options)
    return written.getvalue()


def jpeg(size: tuple[int, int] = (640, 480), **options: Any) -> bytes:
    return saved(halves(size), "JPEG", **options)


def jpeg_with_place(orientation: int = 1) -> bytes:
    """Of a telephone: the camera's name, where it was taken, and how it was held."""
    exif = Image.Exif()
    exif[0x010F] = "Telephone Maker"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (51.0, 30.0, 49.0), 3: "W", 4: (0.0, 8.0, 12.0)})
    return jpeg(exif=exif, comment=b"taken at home")


def png_chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png_bomb(width: int = 60_000, height: int = 60_000) -> bytes:
    """A few bytes that say they are 3.6 thousand million pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 100_000, 9)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", pixels)
        + png_chunk(b"IEND", b"")
    )


def with_text(content: bytes) -> bytes:
    """A PNG with a comment in front of its pixels."""
    at = content.index(b"IDAT") - 4
    return content[:at] + png_chunk(b"tEXt", b"Comment\0" + HTML) + content[at:]


def webp_bomb() -> bytes:
    """An extended header of 16 million by 256 pixels, whose memory a reader sets aside before it looks further."""
    canvas = b"\x10\0\0\0" + (2**24 - 1).to_bytes(3, "little") + (255).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", len(canvas)) + canvas
    picture = saved(halves((8, 8)), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + len(picture)) + body + picture


def jpeg_bomb() -> bytes:
    """A small JPEG whose header claims 65,000 by 65,000."""
    content = bytearray(jpeg((16, 16)))
    frame = content.index(b"\xff\xc0")
    content[frame + 5 : frame + 9] = struct.pack(">HH", 65_000, 65_000)
    return bytes(content)


def gif_bomb() -> bytes:
    content = bytearray(saved(halves((16, 16)), "GIF"))
    content[6:10] = struct.pack("<HH", 65_000, 65_000)
    return bytes(content)


def many_scans(scans: int = 2_000) -> bytes:
    """A progressive JPEG whose last scan is repeated: small to send, long to decode."""
    content = jpeg((640, 480), progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + content[-2:]


def moving(kind: str, size: tuple[int, int] = (320, 240)) -> bytes:
    """Red first, then green, then blue."""
    frames = [Image.new("RGB", size, color) for color in (RED, GREEN, BLUE)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100, loop=0)


def palette_with_hole() -> bytes:
    """A palette PNG, one of whose colours is transparent; the left half is."""
    image = Image.new("P", (400, 300), 0)
    image.putpalette([0, 0, 0, *BLUE])
    ImageDraw.Draw(image).rectangle((200, 0, 400, 300), fill=1)
    return saved(image, "PNG", transparency=0)


def wide_gamut() -> bytes:
    """Full green of a colour space in which red and green change places: with its profile it shows as red."""
    return saved(Image.new("RGB", (320, 240), (0, 255, 0)), "JPEG", icc_profile=swapped_profile())


def swapped_profile() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ", 128), profile.index(b"gXYZ", 128)
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(profile)


SVG = (
    b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="10" height="10">'
    b"<script>alert(document.domain)</script></svg>"
)
HTML = b"<!doctype html><script>alert(document.cookie)</script>"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\n"

NO_PICTURES: dict[str, bytes] = {
    "nothing": b"",
    "text": b"hello",
    "svg": SVG,
    "html": HTML,
    "html that begins like a GIF": b"GIF89a<script>alert(1)</script>",
    "html that begins like a JPEG": b"\xff\xd8\xff\xe0" + HTML,
    "pdf": PDF,
    "zip": b"PK\x03\x04" + b"\0" * 60,
    "bmp": saved(halves((8, 8)), "BMP"),
    "tiff": saved(halves((8, 8)), "TIFF"),
    "ico": saved(halves((16, 16)), "ICO"),
    "eps": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
    "only the beginning of a PNG": b"\x89PNG\r\n\x1a\n",
}

BOMBS: dict[str, bytes] = {
    "png": png_bomb(),
    "png, one row": png_bomb(2_000_000_000, 1),
    "webp": webp_bomb(),
    "jpeg": jpeg_bomb(),
    "gif": gif_bomb(),
}

POLYGLOTS: dict[str, bytes] = {
    "html behind a JPEG": jpeg() + HTML,
    "html in a JPEG's comment": jpeg(comment=HTML),
    "html in a JPEG's profile": jpeg(icc_profile=HTML),
    "html behind a PNG": saved(halves(), "PNG") + HTML,
    "html in a PNG's text": with_text(saved(halves(), "PNG")),
    "html behind a GIF": saved(halves(), "GIF") + HTML,
    "html in a GIF's comment": saved(halves(), "GIF", comment=HTML),
    "html in a WebP's XMP": saved(halves(), "WEBP", xmp=HTML, exif=b"Exif\0\0" + HTML),
    "zip behind a JPEG": jpeg() + b"PK\x03\x04" + HTML,
}
