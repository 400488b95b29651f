"""What an encrypted sample entry is underneath, and by which scheme it is encrypted (ISO/IEC 14496-12, 8.12).

The entry's own type says only that it is encrypted; its ``sinf`` box keeps the original type and names the scheme.
"""

from __future__ import annotations

from typing import Any

from reelwright.isobmff.entry_boxes import EntryBoxes
from reelwright.isobmff.parse import Parser
from reelwright.model.format import FormatDescription

__all__ = ["is_protected", "original_format", "protection_scheme"]

# ISO/IEC 14496-12, 8.12.1 ("resv", 8.15, is restricted only: its samples are in the clear), and iTunes' own.
_ENCRYPTED = frozenset({"encv", "enca", "enct", "encs", "encm", "encu", "encf", "drmi", "drms", "drmt", "p608"})
_SCHEME = "ProtectionScheme"
_RESTRICTED = "resv"
_WRAPPERS = 2  # encrypted and restricted, in either order (8.15.2)


def original_format(kind: str, boxes: EntryBoxes) -> tuple[str, dict[str, Any]]:
    """The type of the samples once they are decrypted, and the extensions that tell of the encryption.

    Where no box says what they are, the entry's own type stands.
    """
    original, scheme = kind, None
    for _ in range(_WRAPPERS):
        if original in _ENCRYPTED:
            original, scheme = _decrypted(original, scheme or original, boxes)
        elif original == _RESTRICTED:
            with boxes.tolerating():
                restriction = boxes.parser("rinf")
                original = (restriction and _protection(restriction)[0]) or original
    return original, {} if scheme is None else {_SCHEME: scheme}


def _decrypted(original: str, scheme: str, boxes: EntryBoxes) -> tuple[str, str]:
    for payload in boxes.all("sinf"):
        with boxes.tolerating():
            found, named = _protection(Parser(payload, "the box 'sinf'"))
            original, scheme = found or original, named or scheme
    return original, scheme


def _protection(content: Parser) -> tuple[str, str]:
    original, scheme = content.find("frma"), content.find("schm")
    if scheme is not None:
        scheme.full_header()
    return original.fourcc() if original else "", scheme.fourcc() if scheme else ""


def protection_scheme(format: FormatDescription) -> str | None:
    """How samples are encrypted (``"cenc"``, ``"cbcs"``, ``"itun"`` …), None for samples in the clear.

    The scheme is one of ISO/IEC 23001-7 or a private one; where the file names none, it is the entry's own type.
    """
    scheme = format.extensions.get(_SCHEME)
    if scheme is None and format.media_subtype in _ENCRYPTED:
        return format.media_subtype  # a description too damaged to be read
    return None if scheme is None else str(scheme)


def is_protected(format: FormatDescription) -> bool:
    """Whether samples are encrypted."""
    return protection_scheme(format) is not None
