"""Text and languages as the Macintosh knew them, and the two kinds of language number in QuickTime files.

A number below 0x400 is a Macintosh language, which also says in which script the text is encoded; from there on it is
three packed letters (ISO/IEC 14496-12, 8.4.2.3) and the text is Unicode.
"""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE

from reelwright.isobmff.language import shortest_tag, unpacked_language

__all__ = ["end_of_text", "language_tag", "mac_language", "mac_text", "unicode_text"]

UNSPECIFIED = 0x7FFF

# Macintosh language numbers from 0 (QuickTime File Format, "Language Code Values"), and from 128.
_FIRST = """
en fr de it nl sv es da pt no he ja ar fi el is mt tr hr zh-Hant ur hi th ko lt pl hu et lv se fo fa ru zh-Hans nl-BE ga
sq ro cs sk sl yi sr mk bg uk be uz kk az-Cyrl az-Arab hy ka ro-MD ky tg tk mn-Mong mn-Cyrl ps ku ks sd bo ne sa mr bn
as gu pa or ml kn ta te si my km lo vi id tl ms ms-Arab am ti om so sw rw rn ny mg eo
"""
_LATER = "cy eu ca la qu gn ay tt ug dz jv su gl af br iu gd gv ga-Latg to el-polyton kl az-Latn nn"
_LANGUAGES = _FIRST.split()
_LATER_LANGUAGES = _LATER.split()

# Python's codec for the script of each language that is not written in Mac Roman; for the scripts of East Asia, Hebrew
# and Thai the nearest that Python has.
_CODECS = {
    "mac_japanese": ("shift_jis", "ja"),
    "mac_chinese_traditional": ("big5", "zh-Hant"),
    "mac_chinese_simplified": ("gb2312", "zh-Hans"),
    "mac_korean": ("euc_kr", "ko"),
    "mac_arabic": ("mac_arabic", "ar ur ps ks sd"),
    "mac_farsi": ("mac_farsi", "fa"),
    "mac_hebrew": ("iso8859_8", "he yi"),
    "mac_greek": ("mac_greek", "el el-polyton"),
    "mac_cyrillic": ("mac_cyrillic", "ru sr mk bg uk be uz kk az-Cyrl ky tg tk mn-Cyrl tt"),
    "mac_central_europe": ("mac_latin2", "lt pl hu et lv cs sk"),
    "mac_croatian": ("mac_croatian", "hr sl"),
    "mac_romanian": ("mac_romanian", "ro ro-MD"),
    "mac_icelandic": ("mac_iceland", "is fo"),
    "mac_turkish": ("mac_turkish", "tr"),
    "mac_thai": ("iso8859_11", "th"),
}
_CODEC_OF = {language: codec for codec, languages in _CODECS.values() for language in languages.split()}


def mac_language(code: int) -> str | None:
    """The BCP 47 tag of a Macintosh language number; None for one that is not known."""
    if code < len(_LANGUAGES):
        return _LANGUAGES[code]
    later = code - 128
    return _LATER_LANGUAGES[later] if 0 <= later < len(_LATER_LANGUAGES) else None


def language_tag(code: int) -> str | None:
    """The BCP 47 tag of a language number of either kind; None for undetermined or unknown."""
    if code < 0x400:
        return mac_language(code)
    letters = unpacked_language(code) if code != UNSPECIFIED else None
    return None if letters is None else shortest_tag(letters)


def unicode_text(data: bytes | memoryview) -> str:
    """UTF-16 behind a byte order mark, else UTF-8; what is wrong becomes ``\ufffd``. Zeros at the end are cut off."""
    start = bytes(data[:3])
    if start[:2] in (BOM_UTF16_BE, BOM_UTF16_LE):
        return str(data, "utf-16", "replace").rstrip("\0")
    return str(data, "utf-8-sig", "replace").rstrip("\0")


def mac_text(data: bytes | memoryview, code: int) -> str:
    """Text with a language number beside it: in the language's Macintosh encoding below 0x400, else in Unicode.

    What is marked as Mac Roman but is UTF-8, as many cameras write it, is read as that.
    """
    if code >= 0x400 or bytes(data[:2]) in (BOM_UTF16_BE, BOM_UTF16_LE):
        return unicode_text(data)
    codec = _CODEC_OF.get(mac_language(code) or "", "mac_roman")
    if codec == "mac_roman":
        try:
            return str(data, "utf-8").rstrip("\0")
        except UnicodeDecodeError:
            pass  # then it is what it says
    return str(data, codec, "replace").rstrip("\0")


def end_of_text(data: bytes, unit: int) -> int:
    """Where the zero lies that ends text of 1 or 2 bytes a unit; the length of the data when there is none."""
    end = data.find(bytes(unit))
    while end >= 0 and end % unit:
        end = data.find(bytes(unit), end + 1)
    return len(data) if end < 0 else end
