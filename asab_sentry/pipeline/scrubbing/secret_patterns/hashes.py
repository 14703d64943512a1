"""Hashes of passwords, which can be guessed from them."""

import re

from .rule import Rule, after, always, replaced

CRYPT = Rule(
    "$",
    always,
    replaced(
        r"(\$(?:2[abxy]?|5|6|7|y|apr1|argon2\w{1,2}|scrypt|pbkdf2[\w-]*)\$|pbkdf2_\w{3,8}\$)[\w./$=,+-]{8,}", after
    ),
    {
        "hash $2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW": "hash $2b$[Filtered]",
        "costs $2 or $5": "costs $2 or $5",
    },
)

LDAP = Rule(
    "}",
    re.compile(r"SHA|MD5|CRYPT|PBKDF2").search,
    replaced(r"(\{(?:S?SHA\d{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,20})\})[\w+/=$.]{16,}", after),
    {
        "joe:{SSHA}6qWCUf0nEp06zYneE3WMGr==": "joe:{SSHA}[Filtered]",
        "{SHA256} is a scheme": "{SHA256} is a scheme",
    },
)
