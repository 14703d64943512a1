"""Hashes of passwords, which can be guessed from them."""

import re

from ....secret_keys.denylist import FILTERED
from .rule import Rule, always, keep_prefix, replacing

CRYPT = Rule(
    "$",
    always,
    replacing(
        r"(\$[189]\$(?=[\w./]{1,16}\$[\w./]{20})|\$(?:2[abxy]?|5|6|7|y|apr1|argon2\w{1,2}|scrypt|pbkdf2[\w-]*)\$|pbkdf2_\w{3,8}\$|"
        r"\bSCRAM-SHA-256\$\d{1,7}:)[\w./$=,:+-]{8,}",
        keep_prefix,
    ),
    {
        "hash $2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW": "hash $2b$[Filtered]",
        "enable secret 9 $9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25G": "enable secret 9 $9$[Filtered]",
        "costs $2 or $5": "costs $2 or $5",
    },
)

LDAP = Rule(
    "}",
    re.compile(r"SHA|MD5|CRYPT|PBKDF2|\{PLAIN|\{CLEAR|\{AES\}|\{xor\}").search,
    replacing(
        r"(\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,20}|AES|xor)\})[\w+/=$.]{16,}|(\{(?:PLAIN|CLEARTEXT)\})[^\s\"',}]{4,}",
        lambda match: (match[1] or match[2]) + FILTERED,
    ),
    {
        "joe:{SSHA}6qWCUf0nEp06zYneE3WMGr==": "joe:{SSHA}[Filtered]",
        "password={xor}LDo8LTorLDo8LTor": "password={xor}[Filtered]",
        "joe:{PLAIN}hunter2": "joe:{PLAIN}[Filtered]",
        "{SHA256} is a scheme, {PLAIN} too": "{SHA256} is a scheme, {PLAIN} too",
    },
)
