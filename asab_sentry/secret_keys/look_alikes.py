"""Letters that are read as others: names written with them name the same."""

import re
import unicodedata

# Of two bytes for each letter one is nothing.
_INVISIBLE = dict.fromkeys(map(ord, "\0\u00ad\u180e\u200b\u200c\u200d\u2060\ufeff"))
# Letters of Cyrillic and Greek, and those of Latin that look so.
_ALIKE = str.maketrans(
    "аеорсухіѕјһԁԛԝкАВЕЗІЈКМНОРСТУХЅοαρνκιυχΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxisjhdqwkABE3IJKMHOPCTYXSoapvkiuxABEZHIKMNOPTYX",
)
_other = "\u0370-\u03ff\u0400-\u052f"
_mixed = re.compile(rf"[A-Za-z][{_other}]|[{_other}][A-Za-z]")
_words = re.compile(rf"[A-Za-z{_other}]+")
# Spaces, letters and signs of the width that Chinese has, and those of formulas.
_WIDE = "\u00a0\u2000-\u200a\u202f\u3000\uff01-\uff5e\U0001d400-\U0001d7ff"
_wide = re.compile(f"[{_WIDE}]+")
_marks = re.compile("[\u0300-\u036f]")
_odd = re.compile(f"[\0\u00ad\u0300-\u036f\u180e\u2060\ufeff{_other}{_WIDE}\u200b-\u200d]")


def may_have(text: str) -> bool:
    """Return whether a text may have such letters."""
    return "\0" in text if text.isascii() else _odd.search(text) is not None


def plain(text: str) -> str:
    """Return a text with the letters as which these are read; it is at most as long."""
    text = text.translate(_INVISIBLE)
    text = _wide.sub(lambda run: unicodedata.normalize("NFKC", run[0]), text)
    if _marks.search(text):
        text = unicodedata.normalize("NFC", text)
    return _words.sub(_latin, text) if _mixed.search(text) else text


def _latin(word: re.Match[str]) -> str:
    return word[0].translate(_ALIKE) if _mixed.search(word[0]) else word[0]
