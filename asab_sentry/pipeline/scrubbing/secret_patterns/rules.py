"""Secrets by their shape: what is recognized in any text, whoever wrote it.

A text is looked at by `may_hold` first, and only what may hold a shape is searched. Each rule takes time that grows
with the text and no faster: what it may look ahead is bounded, or consumed by the match where there is no secret too.
"""

from . import (
    addresses,
    assignments,
    cards,
    ciphers,
    commands,
    dialogs,
    drivers,
    elements,
    emails,
    encoded,
    hashes,
    ibans,
    ini_sections,
    manifests,
    names,
    one_time_codes,
    other_commands,
    phones,
    private_keys,
    providers,
    source_code,
    statements,
    tokens,
    url_paths,
    urls,
    validators,
)
from .rule import Rule

RULES = {
    "private keys": private_keys.PEM,
    "private keys of PuTTY": private_keys.PUTTY,
    "keys of JOSE": private_keys.JOSE,
    "hashes of passwords": hashes.CRYPT,
    "hashes of passwords in LDAP": hashes.LDAP,
    "keys of RSA in XML": private_keys.RSA_XML,
    "files of cookies": tokens.COOKIES,
    "sections of passwords": ini_sections.PASSWORDS,
    "sections of passwords in a repr": ini_sections.SHOWN,
    "webhooks": url_paths.WEBHOOKS,
    "credentials in URLs": urls.CREDENTIALS,
    "credentials of Oracle's driver": drivers.ORACLE,
    "users of Kafka and ZooKeeper": drivers.JAAS,
    "credentials without a scheme": urls.WITHOUT_SCHEME,
    "links that are good for one time": url_paths.LINKS,
    "parameters of URLs": url_paths.PARAMETERS,
    "query values of URLs": url_paths.QUERIES,
    "addresses in the log of aiohttp's server": addresses.SERVER_LOG,
    "Authorization values": tokens.AUTHORIZATION,
    "JSON Web Tokens": tokens.JWT,
    "codes of OAuth": tokens.CODES,
    "values that are to be masked": tokens.MASKED,
    "tokens of providers": providers.RULE,
    "commands": commands.RULE,
    "other commands": other_commands.RULE,
    "statements": statements.RULE,
    "dialogs": dialogs.RULE,
    "keys of ciphers": ciphers.RULE,
    "codes that are good for one time": one_time_codes.RULE,
    "validators": validators.RULE,
    "listed secrets of Kubernetes": manifests.LISTED,
    "assignments": assignments.RULE,
    "XML elements": elements.XML,
    "fields of forms": elements.FORMS,
    "payment cards": cards.RULE,
}
"""The rules in the order in which they are applied."""
RULES["names with escaped letters"] = encoded.letters(RULES["assignments"])
RULES["names with letters that look like others"] = encoded.look_alikes(RULES["assignments"])
RULES["texts escaped for HTML"] = encoded.of_html(RULES[name] for name in ("XML elements", "assignments"))
RULES["percent-encoded texts"] = encoded.percent(rule for rule in RULES.values() if not rule.personal)

PERSONAL = {"email": emails.RULE, "phone": phones.RULE, "ip": addresses.RULE, "iban": ibans.RULE}
"""The rules that an operator may ask for, by the names by which he does. They are applied after those, to all texts."""

LONG = 13
"""Shorter texts hold a secret by its shape only where they have one of these signs."""
SIGNS = frozenset(":=<\uff1a\uff1d")

_in_source = Rule("", names.may_hold, source_code.clean_source, {})


def in_source(rule: Rule) -> Rule:
    """Return a rule as it is applied to lines of source code: a name is assigned a secret only where it is quoted."""
    return _in_source if rule is RULES["assignments"] else rule
