"""Numbers of telephones, where an operator asks for it: `[sentry:privacy] personal=phone`.

Ids, amounts and times are numbers, too. One of a telephone begins with `+` or `00` and the code of a country, or is
grouped as nowhere else, or a word before it says what it is.
"""

import re

from ....runtime.expressions import compile_later
from ....secret_keys.denylist import words_of_key
from ....secret_keys.key_words import words_of
from .rule import Cleaned, Rule

NAMES = words_of(
    "callerid cell cellphone fax gsm handy mobil mobile msisdn phone phonenumber phones tel telefon telefonnummer "
    "telephone whatsapp"
)
"""Words by which a number is said to be one of a telephone."""

LEAST, MOST = 7, 15
"""How many digits there are (ITU-T E.164)."""
FAR = 30
"""So far before a number a word is looked for that says what it is."""

_BEGIN = r"(?:(?<![\w.+:/-])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2})|(?<=(?:tel|sip|sms):))"
_END = r"(?![\w-]|[.:,]\d)"
_END_ALONE = _END + r"(?![ .-]\d)"
_sep = r"[ .\xa0/-]?"
_numbers = (
    # +420 777 123 456, +1 (555) 123-4567, +49-30-1234567; also as URLs write the sign.
    r"(?:(?<![\w.+])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{2}))(?:\+|%2[bB])[1-9](?:[ .\xa0/-]{0,2}\(?\d\)?){6,14}" + _END,
    # 00420 777 123 456
    rf"{_BEGIN}00[1-9]\d{{0,2}}[ ./-]\(?\d(?:{_sep}\(?\d\)?){{5,12}}{_END}",
    # (555) 123-4567
    rf"{_BEGIN}\(0?[1-9]\d{{1,4}}\) ?\d{{3,4}}[ .-]?\d{{3,4}}{_END}",
    # 555-123-4567, 555.123.4567
    rf"{_BEGIN}[2-9]\d\d([.-])\d\d\d\1\d{{4}}{_END}",
    # 06 12 34 56 78
    rf"(?<!\d[ .-]){_BEGIN}0[1-9](?:[ .-]\d\d){{4}}{_END_ALONE}",
    # 020 7946 0958, 0151/12345678, 07700 900123; but no mode of a file
    rf"(?<!\d[ .-]){_BEGIN}(?!0[4-7][0-7]{{2}} )0[1-9]\d{{1,4}}[ /-]\d{{3,4}}(?:[ -]?\d{{3,4}}){{1,2}}" + _END_ALONE,
)
_number = compile_later("|".join(_numbers))
_named_before = compile_later(
    rf"(?<![a-z])(?:{'|'.join(sorted(NAMES, key=len, reverse=True))})(?:[ _-]?(?:number|nummer|no|nr))?[\"']?"
    r"[ :=.(#>\"',]{1,4}\Z",
    re.IGNORECASE,
)
_digits = compile_later(r"\d(?:[ .\xa0/()-]{0,3}\d){6,16}")
_moment = compile_later(r"(?:19|20)\d\d[.-]\d\d[.-]\d\d(?: \d\d)?")
_whole = compile_later(r"\s*\+?\(?\d(?:[ .\xa0/-]{0,2}\(?\d\)?)+\s*")
_goes_on = compile_later(r"[\w-]|[.:,]\d")


def clean(text: str) -> str:
    """Return a text without numbers of telephones."""
    cleaned = Cleaned(text)
    for digits in _digits.finditer(text):
        start, end = digits.span()
        if end <= cleaned.done or _moment.fullmatch(digits[0]):
            continue
        if cleaned.is_enough(start):
            break
        # With what is before the first digit, and enough behind the last one to see whether the number goes on.
        number = _number.search(text, max(cleaned.done, start - 5), end + 2)
        if number is not None and _can_be_of_telephone(number[0]):
            cleaned.leave_out(*number.span())
        elif (
            LEAST <= sum(map(str.isdigit, digits[0])) <= MOST
            and _named_before.search(text, max(cleaned.done, start - FAR), start)
            and _goes_on.match(text, end) is None
        ):
            cleaned.leave_out(start, end)
    return cleaned.text()


def _can_be_of_telephone(number: str) -> bool:
    digits = sum(map(str.isdigit, number.removeprefix("%2B").removeprefix("%2b")))
    # With a sign, and grouped by nothing, it may be an amount.
    is_amount = number[0] == "+" and number[1:].isdigit() and digits < 10
    return not is_amount and LEAST <= digits <= MOST + len("00")


def is_named(key: str) -> bool:
    """Return whether a key is that of the number of a telephone."""
    return not NAMES.isdisjoint(words_of_key(key)[-2:])


def is_number(value: object) -> bool:
    """Return whether the value of such a key is such a number."""
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or _whole.fullmatch(text) is None:
        return False
    return LEAST - 1 <= sum(map(str.isdigit, text)) <= MOST + 2


RULE = Rule(
    "",
    lambda text: _digits.search(text) is not None,
    clean,
    {
        "call +420 777 123 456 or +15551234567": "call [Filtered] or [Filtered]",
        "(555) 123-4567, 555-123-4567, 06 12 34 56 78": "[Filtered], [Filtered], [Filtered]",
        "00420 777 123 456 and 020 7946 0958": "[Filtered] and [Filtered]",
        "{'phone': '777 123 456', 'id': 777123456}": "{'phone': '[Filtered]', 'id': 777123456}",
        "at 2026-11-26 12:00:00 +0100, 777 123 456 bytes, +12345678": (
            "at 2026-11-26 12:00:00 +0100, 777 123 456 bytes, +12345678"
        ),
        "order 0123456789, row 01 02 03 04 05 06, 555-123-4567-8": (
            "order 0123456789, row 01 02 03 04 05 06, 555-123-4567-8"
        ),
    },
)
