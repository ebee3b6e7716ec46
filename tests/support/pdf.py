"""Reads the text of a PDF back, as a viewer's "copy" does it: through the fonts' own tables from glyphs to letters.

For files as typst writes them, not for any PDF. A glyph that no letter belongs to becomes U+FFFD.
"""

import re
import zlib
from dataclasses import dataclass

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*)\r?\nendstream", re.DOTALL)
_PAGE = re.compile(rb"/Type\s*/Page\b")
_GROUP = rb"/%s\s*(?:(\d+) 0 R|<<(.*?)>>)"
_REFERENCE = re.compile(rb"/([\w+.\-]+) (\d+) 0 R")
_CHARACTERS = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]+)>\n")
# A parenthesis in a string is escaped, unless its counterpart is in it too: any depth, four is what is looked for.
_INSIDE = rb"(?:[^()\\]|\\.)"
for _ in range(4):
    _INSIDE = rb"(?:[^()\\]|\\.|\(%s*\))" % _INSIDE
_TOKEN = re.compile(
    rb"/Lang\([^)]*\)|/(?P<font>\S+) [\d.]+ Tf|/(?P<form>\S+) Do|(?P<end>ET)\b|\((?P<text>%s*)\)" % _INSIDE,
    re.DOTALL,
)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, a line for each run of it."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    reader = _Reader(objects)
    return [
        reader.text_of(number) for number, body in objects.items() if _PAGE.search(body.split(b"stream")[0])
    ]


def text_of(pdf: bytes) -> str:
    """All of it as one line."""
    return " ".join(" ".join(pages_of(pdf)).split())


@dataclass
class _Reader:
    objects: dict[int, bytes]

    def text_of(self, number: int) -> str:
        """Of a page or a form."""
        head = self.objects[number].split(b"stream\n")[0]
        contents = re.search(rb"/Contents (\d+) 0 R", head)
        resources = re.search(rb"/Resources (\d+) 0 R", head)
        fonts, forms = (
            self._group(self.objects[int(resources[1])] if resources else head, name)
            for name in (b"Font", b"XObject")
        )
        letters = {name: self._letters(font) for name, font in fonts.items()}
        found, font = [], b""
        for token in _TOKEN.finditer(self._content(int(contents[1]) if contents else number)):
            if token["font"]:
                font = token["font"]
            elif token["form"] in forms:
                found.append(self.text_of(forms[token["form"]]))
            elif token["end"]:
                found.append("\n")
            elif token["text"] and font in letters:
                found.append(_decode(_unescape(token["text"]), letters[font]))
        return "".join(found)

    def _group(self, resources: bytes, name: bytes) -> dict[bytes, int]:
        group = re.search(_GROUP % name, resources, re.DOTALL)
        if group is None:
            return {}
        entries = self.objects[int(group[1])] if group[1] else group[2]
        return {entry: int(number) for entry, number in _REFERENCE.findall(entries)}

    def _letters(self, font: int) -> dict[int, str]:
        table = re.search(rb"/ToUnicode (\d+) 0 R", self.objects[font])
        assert table is not None, "text that can't be copied"
        return {
            int(glyph, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
            for glyph, letters in _CHARACTERS.findall(self._content(int(table[1])) + b"\n")
        }

    def _content(self, number: int) -> bytes:
        body = self.objects[number]
        stream = _STREAM.search(body)
        if stream is None:
            return b""
        is_text = b"/Subtype/Image" not in body.split(b"stream\n")[0]
        return (
            zlib.decompress(stream[1])
            if b"/FlateDecode" in body.split(b"stream\n")[0] and is_text
            else stream[1]
        )


def _unescape(text: bytes) -> bytes:
    def plain(escape: re.Match[bytes]) -> bytes:
        value = escape[1]
        return bytes([int(value, 8)]) if value.isdigit() else _ESCAPES.get(value, value)

    return _ESCAPE.sub(plain, text)


def _decode(glyphs: bytes, letters: dict[int, str]) -> str:
    numbers = (int.from_bytes(glyphs[place : place + 2]) for place in range(0, len(glyphs), 2))
    return "".join(letters.get(number, "\ufffd") for number in numbers)
