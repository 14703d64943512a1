"""Codes that are good for one time, in the messages that are sent with them."""

from ....secret_keys.denylist import FILTERED
from .rule import Match, Rule, replacing

_code = r"(?:[A-Z]{1,4}-)?\d{4,8}(?![\w.-]*\w)"
_kinds = (
    r"(?:(?:one-time|login|log-in|sign-in|security|access|verification|confirmation|activation|authentication|"
    r"temporary|two-factor|2FA|SMS|OTP|PIN) ){0,3}(?:code|passcode|PIN|OTP)"
)


def _without(match: Match) -> str:
    return (match[1] or "") + FILTERED


RULE = Rule(
    "our ",
    lambda text: "code" in text or "PIN" in text or "OTP" in text,
    replacing(
        rf"(\b[Yy]our {_kinds}(?: is:?|:) ){_code}|(?<![\w.-]){_code}(?= (?:is|as) your (?:[\w-]{{1,20}} ){{0,3}}"
        rf"(?:code|passcode|PIN|OTP)\b)",
        _without,
    ),
    {
        "SMS: Your code is 123456. Do not share it.": "SMS: Your code is [Filtered]. Do not share it.",
        "G-123456 is your Google verification code": "[Filtered] is your Google verification code",
        "Use 123456 as your login code": "Use [Filtered] as your login code",
        "your zip code is 60200, your code is broken": "your zip code is 60200, your code is broken",
    },
)
