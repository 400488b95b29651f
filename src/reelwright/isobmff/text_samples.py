"""QuickTime text samples: the titles of chapter tracks and text that is shown over the picture.

A sample is a length, the text, and boxes behind it, of which ``encd`` names the encoding. Text that begins with a byte
order mark is UTF-16; what is neither marked nor UTF-8 is Mac Roman (QuickTime File Format, "Text sample data").
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from reelwright.isobmff.mac_text import unicode_text
from reelwright.isobmff.parse import Parser
from reelwright.model.errors import InvalidMediaError

__all__ = ["text_sample"]

_UTF8 = 0x08000100  # kTextEncodingUTF8; FFmpeg writes 0x00000100 with UTF-8 too, so that one says nothing
_MOST = 1 << 16


def text_sample(data: bytes | memoryview) -> str:
    """The text of a sample.

    Raises:
        InvalidMediaError: fewer than the two bytes of the length.
    """
    content = Parser(memoryview(data)[:_MOST], "a text sample")
    size = content.u16()
    text = content.take(min(size, content.left))
    encoding = _encoding(content)
    if bytes(text[:2]) in (BOM_UTF16_BE, BOM_UTF16_LE) or encoding == _UTF8:
        return unicode_text(text)
    try:
        return str(text, "utf-8").rstrip("\0")
    except UnicodeDecodeError:
        return str(text, "mac_roman").rstrip("\0")


def _encoding(content: Parser) -> int | None:
    """What ``encd`` says; None without it."""
    try:
        found = content.find("encd")
    except InvalidMediaError:
        return None  # what follows the text is no box
    return found.u32() if found is not None and found.left >= 4 else None
