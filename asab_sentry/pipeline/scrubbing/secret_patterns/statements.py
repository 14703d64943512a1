"""Secrets in statements: those of SQL, those by which servers are told a password, and lines of password files."""

import itertools
from collections.abc import Iterator

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from ....secret_keys.denylist import FILTERED
from . import judge, sql
from .extents import Extents, Value
from .rule import MOST, WORD, Cleaned, Match, Rule, Span, spans

_may_hold = compile_later(
    r"I(?:DENTIFIED|NSERT) |REPLACE INTO |AUTH|PASSWORD |Key \(|Duplicate entry|\[SQL: |:(?:\d{2,5}|\*):[A-Za-z*]|"
    r"i(?:nsert into|dentified by) |SecureString |requirepass|masterauth|snmp-server|\]:\d{2,5} \S"
)
_told = compile_later(
    WORD + r"(?:PASSWORD FOR \S{1,60} ?=|IDENTIFIED (?:WITH \S+ )?(?:BY|AS)(?: (?:PASSWORD|VALUES))?|identified by|"
    r"requirepass|masterauth|(?:USER|user) \S{1,60} (?:USING|using)|"
    r"ConvertTo-SecureString(?: -String)?|CONFIG SET \S+|snmp-server community|PASSWORD|REPLACE(?=[ ]\\*\")|"
    r"AUTH(?:ENTICATE)?(?: (?:PLAIN|LOGIN|CRAM-MD5|XOAUTH2|default|\w{1,30}(?=[ ][\"'\w]{6}))|"
    r"[\"'](?: [\"'][\w.@-]{1,60}[\"'](?= [\"']))?)?)"
    r"[ ](?=\\*[\"']?[^\s\"']{4})"
)
_duplicate = compile_later(r"Duplicate entry \\*'(?=[^\r\n]{1,300}?\\*' for key \\*'([\w.]{1,100})\\*')")
_duplicate_end = compile_later(r"\\*' for key ")
_key = compile_later(WORD + r"Key \(([^()]{1,500})\)=\((?=\S)")
_key_end = compile_later(r"\) (?:already|is |conflicts)|\Z")
_password_file = compile_later(
    r"(?:\A|(?<=[\s'\"]))[\w.*-]+:(?:\d{2,5}|\*):[A-Za-z*][\w*-]*:[A-Za-z][\w*.-]*:(?=[^\s:/]{5})"
)

_relay = compile_later(r"\[[\w.-]{1,100}\]:\d{2,5}[ \t]+[\w.@+-]{1,100}:(?=[^\s:/]{5})")


def may_hold(text: str) -> bool:
    """Return whether there may be such a statement in a text."""
    return _may_hold.search(text) is not None or sql.may_hold(text) or " USING " in text or " using " in text


def clean(text: str) -> str:
    """Return a text without the secrets in its statements."""
    extents = Extents(text)
    finders = (
        spans(_told, text, lambda match: _password(match, extents.value(match.end()))),
        sql.in_columns(text),
        sql.in_placeholders(text),
        sql.in_expressions(text),
        _in_keys(text),
        _in_entries(text),
        _in_password_file(text, extents),
    )
    cleaned = Cleaned(text)
    cleaned.leave_out_all(sorted({span for finder in finders for span in itertools.islice(finder, MOST + 1)}))
    return cleaned.text()


def _password(match: Match, value: Value | None) -> Span | None:
    """Return where a value is that a statement tells, if it can be a password."""
    if value is None:
        return None
    shown = match.string[value.inner_start : value.inner_end]
    is_sure = value.kind == "quoted" or match[0].startswith("IDENTIFIED BY") or judge.is_random(shown)
    if is_sure and not judge.is_harmless(shown):
        return value.inner_start, value.inner_end
    return None


def _in_keys(text: str) -> Iterator[Span]:
    """Yield what PostgreSQL shows of a row that violates a constraint."""
    for key in _key.finditer(text):
        if any(denylist.is_secret(column.strip('" ')) for column in key[1].split(",")):
            yield key.end(), _key_end.search(text, key.end()).start()  # type: ignore[union-attr]  # there is an end


def _in_entries(text: str) -> Iterator[Span]:
    """Yield what MySQL shows of a row that violates a constraint."""
    for entry in _duplicate.finditer(text) if "' for key " in text else ():
        if denylist.is_secret(entry[1].rpartition(".")[2]):
            yield entry.end(), _duplicate_end.search(text, entry.end()).start()  # type: ignore[union-attr]  # it is there


def _in_password_file(text: str, extents: Extents) -> Iterator[Span]:
    """Yield the passwords of lines of PostgreSQL's password file and of Postfix's.

    They are `host:port:database:user:password` and `[host]:port user:password`.
    """
    for line in _relay.finditer(text):
        value = extents.bare(line.end(), "", "")
        if value is not None and judge.is_unmistakable(text[value.start : value.end]):
            yield value.start, value.end
    for line in _password_file.finditer(text):
        value = extents.bare(line.end(), "", "")
        if value is not None and not text.startswith(FILTERED, value.start):
            yield value.start, value.end


RULE = Rule(
    "",
    may_hold,
    clean,
    {
        "ALTER USER joe IDENTIFIED BY 'hunter2'": "ALTER USER joe IDENTIFIED BY '[Filtered]'",
        "INSERT INTO users (name, password) VALUES ('joe', 'hunter2')": (
            "INSERT INTO users (name, password) VALUES ('joe', '[Filtered]')"
        ),
        **sql.EXAMPLES,
        "CONFIG SET requirepass 0f5a9c77": "CONFIG SET requirepass [Filtered]",
        "Key (id, token)=(7, hunter2) already exists.": "Key (id, token)=([Filtered]) already exists.",
        "Duplicate entry '0f5a9c77ab' for key 'users.token'": "Duplicate entry '[Filtered]' for key 'users.token'",
        "db:5432:shop:joe:hunter2": "db:5432:shop:joe:[Filtered]",
        "[mail.example.com]:587 shop:0f5a9c77ab": "[mail.example.com]:587 shop:[Filtered]",
        'IDENTIFIED BY "0f5a9c77ab" REPLACE "0f5a9c77ac"': 'IDENTIFIED BY "[Filtered]" REPLACE "[Filtered]"',
        "snmp-server community 0f5a9c77ab RO": "snmp-server community [Filtered] RO",
        "AUTH default failed for joe": "AUTH default failed for joe",
    },
)
