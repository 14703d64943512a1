"""Numbers of payment cards.

Ten percent of all numbers pass Luhn's check, so a number is one of a card only with the beginning and the length that
issuers have (ISO/IEC 7812), written in one piece or in groups as on the card.
"""

from ....objects.json_values import CUT
from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from .rule import Match, Rule, without_cut

ISSUERS = (
    (16, r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6011|64[4-9]|65|62|81|35(?:2[89]|[3-8])"),
    (15, r"3[47]"),
    (14, r"30[0-5]|3[689]"),
    (19, r"62|6304|6759|676[1-3]"),
)
"""Lengths, and how numbers of that length begin: those of Visa, Mastercard, Discover, UnionPay, JCB; Amex; Diners."""

_is_issued = {length: compile_later(rf"(?:{begins})\d+") for length, begins in ISSUERS}
_numbers = compile_later(
    r"[2-68](?<![\w.+-].)(?:\d{3}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{3}([ -])\d{6}\2\d{4,5}|\d{13,15}|\d{18})"
    r"(?![\w-]|[.:]\d)"
)
# An id is a number, too: what stands behind a word that ends so is none of a card.
_id_before = compile_later(r"(?:\b|_)[iI][dD][\"']?[ =:#]{1,2}\Z")
_row_before = compile_later(r"\d[ ,]{1,2}\Z")
_row_behind = compile_later(r"[ ,]{1,2}\d")
_cut = compile_later(r"(?<![\w.+-])[3-6]\d{3}(?:[ -]?\d){3,14}(?=\.\.\.\Z)")


_doubled = {str(digit): digit * 2 - 9 * (digit > 4) for digit in range(10)}
_digits = compile_later(r"\d(?:\d{13}|\d{3}[ -]\d{4}(?:\d\d)?[ -]\d{4})")


def is_card(digits: str) -> bool:
    """Return whether these are the digits of a payment card: of an issuer, and with Luhn's check."""
    issued = _is_issued.get(len(digits))
    if issued is None or issued.fullmatch(digits) is None:
        return False
    return (sum(map(int, digits[::-2])) + sum(map(_doubled.__getitem__, digits[-2::-2]))) % 10 == 0


def _left(match: Match) -> str:
    digits = match[0].replace(" ", "").replace("-", "")
    text, start = match.string, match.start()
    if not is_card(digits) or _id_before.search(text, max(start - 6, 0), start):
        return match[0]
    if len(digits) != len(match[0]) and (
        _row_before.search(text, max(start - 3, 0), start) or _row_behind.match(text, match.end())
    ):
        return match[0]
    return FILTERED


def clean(text: str) -> str:
    """Return a text without numbers of payment cards."""
    text = _numbers.sub(_left, text)
    return without_cut(text, _cut, far=40) if text.endswith(CUT) else text


RULE = Rule(
    "",
    lambda text: _digits.search(text) is not None or text.endswith(CUT),
    clean,
    {
        "card 4111 1111 1111 1111 declined": "card [Filtered] declined",
        "5555-5555-5555-4444": "[Filtered]",
        "number 4111 1111...": "number [Filtered]...",
        "order 4111111111111112, at 1732256000123": "order 4111111111111112, at 1732256000123",
        "imei 356938035643809 of row 4 12 16 7 8 22 4 9 1 3 5 6 1 1": (
            "imei 356938035643809 of row 4 12 16 7 8 22 4 9 1 3 5 6 1 1"
        ),
        "trace 0b4111111111111111af": "trace 0b4111111111111111af",
        "uuid 0f14e45f-4111-4111-8111-111111111111": "uuid 0f14e45f-4111-4111-8111-111111111111",
    },
)
