"""Codes that are good for one time, in the messages that are sent with them."""

from ....secret_keys.denylist import FILTERED
from .rule import Match, Rule, replacing

_code = r"(?:[A-Z]{1,4}-)?\d{4,8}(?![\w.-]*\w)"
_kinds = (
    r"(?:(?:one-time|login|log-in|sign-in|security|access|verification|confirmation|activation|authentication|"
    r"temporary|two-factor|2FA|SMS|OTP|PIN) ){0,3}(?:code|passcode|PIN|OTP)"
)

_abroad = (
    r"\b(?:(?:[Ii]hr|[Dd]ein|[Vv]otre|[Tt]u|[Ss]u|[Vv]áš|[Tt]vůj|[Tt]wój|[Вв]аш) (?:\w{2,20}[ -]){0,2}?|"
    r"(?:[Oo]věřovací|[Pp]otvrzovací) )"
    r"(?:code|Code|código|kód|kod|код)(?: (?:de|do|для) \w{2,20})?(?::| (?:lautet|ist|est|es|je|to|jest)) "
)
# What a service tells of one.
_told = (
    r"\b(?:(?:[Ww]rong|[Ii]ncorrect|[Ee]xpired|[Ss]en[dt]) code:? (?=\d{6}\b)|"
    r"(?:[Ll]og-?in|[Ss]ign-in|[Ss]ecurity|[Vv]erification|[Cc]onfirmation|[Aa]ctivation|SMS|2FA|OTP) code for "
    r"\S{1,60}: )"
)
_words = ("code", "Code", "PIN", "OTP", "código", "kód", "kod", "код")
_signs = (
    *("our ", "hr ", "ein ", "otre ", "Tu ", "Su ", "áš ", "kód", "kod", "код"),
    *("rong ", "correct ", "xpired ", "sent code", "send code", "code for "),
)


def _may_hold(text: str) -> bool:
    # What the words of which one has to be there have in common.
    if not ("ode" in text or "PIN" in text or "OTP" in text or not text.isascii()):
        return False
    return any(map(text.__contains__, _words)) and any(map(text.__contains__, _signs))


def _without(match: Match) -> str:
    return (match[1] or match[2] or match[3] or "") + FILTERED


RULE = Rule(
    "",
    _may_hold,
    replacing(
        rf"(\b[Yy]our {_kinds}(?: is:?|:) ){_code}|({_abroad}){_code}|({_told}){_code}|"
        rf"(?<![\w.-]){_code}(?= (?:is|as) your (?:[\w-]{{1,20}} ){{0,3}}"
        rf"(?:code|passcode|PIN|OTP)(?=[.,:;!]| (?:for|to)\b|\s*\Z))",
        _without,
    ),
    {
        "SMS: Your code is 123456. Do not share it.": "SMS: Your code is [Filtered]. Do not share it.",
        "G-123456 is your Google verification code": "[Filtered] is your Google verification code",
        "Ihr Code lautet 123456": "Ihr Code lautet [Filtered]",
        "Váš ověřovací kód je 123456": "Váš ověřovací kód je [Filtered]",
        "Tu código de verificación es 123456": "Tu código de verificación es [Filtered]",
        "Kód zboží je 123456, Ihr Code ist falsch": "Kód zboží je 123456, Ihr Code ist falsch",
        "Use 123456 as your login code": "Use [Filtered] as your login code",
        "wrong code 123456 entered, login code for joe: 123457": (
            "wrong code [Filtered] entered, login code for joe: [Filtered]"
        ),
        "exit code for job: 12345, wrong code 4711": "exit code for job: 12345, wrong code 4711",
        "123456 is your order code number": "123456 is your order code number",
        "your zip code is 60200, your code is broken": "your zip code is 60200, your code is broken",
    },
)
