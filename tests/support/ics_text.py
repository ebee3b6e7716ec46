"""What RFC 5545 says of the text itself, line by line; parsers forgive too much to be asked."""

import re

_LINE = re.compile(r'[A-Z0-9-]+(;[A-Z0-9-]+=("[^"]*"|[^";:,]*)(,("[^"]*"|[^";:,]*))*)*:.*', re.DOTALL)
_TEXTS = {"SUMMARY", "LOCATION", "DESCRIPTION", "NAME", "X-WR-CALNAME"}
_ESCAPED = re.compile(r"(?:[^\\;,\n]|\\[\\;,nN])*")


def checked_lines(content: bytes) -> list[str]:
    """The unfolded lines. Asserts ends of lines, lengths in bytes, names, escapes, and that blocks nest."""
    text = content.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\r" not in text.replace("\r\n", "")
    assert "\n" not in text.replace("\r\n", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    lines = re.sub(r"\r\n[ \t]", "", text).rstrip("\r\n").split("\r\n")
    open_blocks: list[str] = []
    for line in lines:
        assert _LINE.fullmatch(line), line
        assert line.isprintable() or "\t" in line, line
        name, _, value = line.partition(":")
        if name == "BEGIN":
            open_blocks.append(value)
        elif name == "END":
            assert open_blocks.pop() == value
        elif name.partition(";")[0] in _TEXTS:
            assert _ESCAPED.fullmatch(value), line
    assert open_blocks == []
    assert lines[:2] == ["BEGIN:VCALENDAR", "VERSION:2.0"]
    return lines
