"""Private keys, in the forms in which they are kept."""

import re

from ....secret_keys.denylist import FILTERED
from .rule import Match, Rule, always, keep_prefix, replacing


def _private_key(match: Match) -> str:
    return f"{match[1]}{FILTERED}{match[2]}"


PEM = Rule(
    "PRIVATE KEY",
    always,
    replacing(
        r"(-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}).*?"
        r"(-{4,5} ?END [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-{4,5}|\Z)",
        _private_key,
        re.DOTALL,
    ),
    {
        "key -----BEGIN RSA PRIVATE KEY-----\nMIIEpA\n-----END RSA PRIVATE KEY----- end": (
            "key -----BEGIN RSA PRIVATE KEY-----[Filtered]-----END RSA PRIVATE KEY----- end"
        ),
        "-----BEGIN PRIVATE KEY-----\\nMIIEp...": "-----BEGIN PRIVATE KEY-----[Filtered]",
        "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----": (
            "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----"
        ),
    },
)

PUTTY = Rule(
    "Private-Lines",
    always,
    replacing(r"(Private-Lines: \d{1,4}(?=\s|\\)).*?(Private-MAC:|\Z)", _private_key, re.DOTALL),
    {
        "Private-Lines: 2\nAAAA\nPrivate-MAC: 1f": "Private-Lines: 2[Filtered]Private-MAC: 1f",
        "Private-Lines are many": "Private-Lines are many",
    },
)

JOSE = Rule(
    "kty",
    always,
    replacing(r"([\"'](?:d|p|q|dp|dq|qi|k)\\?[\"']\s{0,3}:\s{0,3}\\?[\"'])[\w-]{8,}", keep_prefix),
    {
        '{"kty": "RSA", "n": "xjlCRBqkQR5w", "d": "0f5a9c77ab"}': (
            '{"kty": "RSA", "n": "xjlCRBqkQR5w", "d": "[Filtered]"}'
        ),
        '{"kind": "x", "d": "0f5a9c77ab"}': '{"kind": "x", "d": "0f5a9c77ab"}',
    },
)

RSA_XML = Rule(
    "RSAKeyValue",
    always,
    replacing(r"(<(?:D|P|Q|DP|DQ|InverseQ)>)[^<]+", keep_prefix),
    {
        "<RSAKeyValue><Modulus>xjl</Modulus><D>0f5a</D></RSAKeyValue>": (
            "<RSAKeyValue><Modulus>xjl</Modulus><D>[Filtered]</D></RSAKeyValue>"
        ),
        "<D>0f5a</D>": "<D>0f5a</D>",
    },
)
