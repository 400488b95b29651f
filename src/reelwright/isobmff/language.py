"""Languages as the file format has them: three letters of ISO 639-2/T packed into 15 bits.

A BCP 47 tag says more ("zh-Hant") and travels in a box of its own; the letters are then taken from its first part.
"""

from __future__ import annotations

from reelwright.model.errors import InvalidArgumentError

__all__ = ["language_letters", "packed_language", "shortest_tag", "unpacked_language"]

# ISO 639-1 and 639-2/T codes in pairs.
_TWO_TO_THREE = """
aa aar ab abk ae ave af afr ak aka am amh an arg ar ara as asm av ava ay aym az aze ba bak be bel bg bul bh bih bi bis
bm bam bn ben bo bod br bre bs bos ca cat ce che ch cha co cos cr cre cs ces cu chu cv chv cy cym da dan de deu dv div
dz dzo ee ewe el ell en eng eo epo es spa et est eu eus fa fas ff ful fi fin fj fij fo fao fr fra fy fry ga gle gd gla
gl glg gn grn gu guj gv glv ha hau he heb hi hin ho hmo hr hrv ht hat hu hun hy hye hz her ia ina id ind ie ile ig ibo
ii iii ik ipk io ido is isl it ita iu iku ja jpn jv jav ka kat kg kon ki kik kj kua kk kaz kl kal km khm kn kan ko kor
kr kau ks kas ku kur kv kom kw cor ky kir la lat lb ltz lg lug li lim ln lin lo lao lt lit lu lub lv lav mg mlg mh mah
mi mri mk mkd ml mal mn mon mr mar ms msa mt mlt my mya na nau nb nob nd nde ne nep ng ndo nl nld nn nno no nor nr nbl
nv nav ny nya oc oci oj oji om orm or ori os oss pa pan pi pli pl pol ps pus pt por qu que rm roh rn run ro ron ru rus
rw kin sa san sc srd sd snd se sme sg sag si sin sk slk sl slv sm smo sn sna so som sq sqi sr srp ss ssw st sot su sun
sv swe sw swa ta tam te tel tg tgk th tha ti tir tk tuk tl tgl tn tsn to ton tr tur ts tso tt tat tw twi ty tah ug uig
uk ukr ur urd uz uzb ve ven vi vie vo vol wa wln wo wol xh xho yi yid yo yor za zha zh zho zu zul
"""
_codes = _TWO_TO_THREE.split()
_THREE_LETTERS = dict(zip(_codes[::2], _codes[1::2], strict=True))
_TWO_LETTERS = dict(zip(_codes[1::2], _codes[::2], strict=True))


def packed_language(code: str) -> int:
    """Three letters as a 15-bit number, 5 bits each, "a" being 1 (ISO/IEC 14496-12, 8.4.2.3).

    Raises:
        InvalidArgumentError: not three lower-case letters of the alphabet.
    """
    if len(code) != 3 or not all("a" <= letter <= "z" for letter in code):
        raise InvalidArgumentError(
            f"language code {code!r} is not three lower-case letters.",
            hint='Use ISO 639-2/T, for example "eng" or "deu"; extended_language_tag takes tags such as "en-GB".',
        )
    first, second, third = (ord(letter) - 0x60 for letter in code)
    return first << 10 | second << 5 | third


def language_letters(code: str | None, tag: str | None) -> str:
    """The three letters for a track: its code, else those of its tag's primary language, else ``und``."""
    if code is not None:
        return code
    primary = (tag or "").split("-")[0].lower()
    letters = _THREE_LETTERS.get(primary, primary)
    return letters if len(letters) == 3 and letters.isascii() and letters.isalpha() else "und"


def unpacked_language(packed: int) -> str | None:
    """The three letters that were packed; None when they are no letters."""
    letters = bytes((packed >> shift & 31) + 0x60 for shift in (10, 5, 0)).decode()
    return letters if letters.isalpha() else None


def shortest_tag(code: str) -> str | None:
    """The BCP 47 tag for three letters, which uses two where there are two; None for ``und`` (RFC 5646, 2.2.1)."""
    return None if code == "und" else _TWO_LETTERS.get(code, code)
