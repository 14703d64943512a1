"""Numbers of bank accounts, where an operator asks for it: `[sentry:privacy] personal=iban`."""

import functools
import re

from ....runtime.expressions import compile_later
from .rule import Cleaned, Rule

LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
"""Characters of a number, by the country with which it begins (SWIFT's registry of IBANs)."""


_countries = "|".join(sorted(LENGTHS))
_begin = compile_later(
    rf"(?:(?<![^\W_])|(?<=\\[nrt])|(?<=%[0-9A-Fa-f]{{2}}))(?:{_countries})\d\d(?=[ -]?[0-9A-Z]{{4}})", re.IGNORECASE
)


@functools.cache
def _rest(length: int) -> re.Pattern[str]:
    return re.compile(rf"(?:[ -]?[0-9A-Za-z]){{{length - 4}}}(?![0-9A-Za-z])")


def clean(text: str) -> str:
    """Return a text without numbers of bank accounts."""
    cleaned = Cleaned(text)
    for begin in cleaned.remaining(_begin.finditer(text), whole=True):
        rest = _rest(LENGTHS[begin[0][:2].upper()]).match(text, begin.end())
        if rest is not None and is_iban(begin[0] + rest[0]):
            cleaned.leave_out(begin.start(), rest.end())
    return cleaned.text()


def is_iban(text: str) -> bool:
    """Return whether the digits of a number, of which two are for that, are in order (ISO 13616)."""
    plain = text.replace(" ", "").replace("-", "").upper()
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


_may_hold = re.compile(r"[A-Za-z]{2}\d\d[ -]?[0-9A-Za-z]{4}[ -]?[0-9A-Za-z]{4}").search

RULE = Rule(
    "",
    _may_hold,
    clean,
    {
        "account DE89370400440532013000 is overdrawn": "account [Filtered] is overdrawn",
        "GB29 NWBK 6016 1331 9268 19": "[Filtered]",
        "iban=cz6508000000192000145399": "iban=[Filtered]",
        "DE89370400440532013001, DE00, id AT61ABCD": "DE89370400440532013001, DE00, id AT61ABCD",
    },
)
