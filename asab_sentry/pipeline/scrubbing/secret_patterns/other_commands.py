"""Secrets in commands of a shell that are given without an option: behind a name, by a pipe, to a store of secrets."""

from ....runtime.expressions import compile_later
from . import judge
from .commands import without_random
from .extents import Extents
from .rule import Cleaned, Rule, without

_here = compile_later(r"(?<!<)<<<(?!<)[ \t]*(?=\S)")
_piped = compile_later(
    r"\b(?:echo|printf)[ \t]+(?:-\w+[ \t]+|['\"]?%s(?:\\n)?['\"]?[ \t]+)?(?=[^|\r\n]{1,300}\|[ \t]*(?:kinit\b|"
    r"[a-z-]{1,20} (?:create )?secrets? (?:set|put|create|add|versions|generic)\b|sudo (?:-\w+ )*-S\b|"
    r"[^|\r\n]{0,100}--(?:password-stdin|passphrase-fd 0)|[^|\r\n]{0,60}--stdin|"
    r"(?:sudo )?(?:chpasswd|(?:smb)?passwd\b)))"
)
# What a store of secrets is told to keep.
_stored = compile_later(
    r"(?:--type[ =]SecureString\b|\bput-parameter\b(?=[^\r\n]{0,400}SecureString)|"
    r"\bsecrets? (?:set|add|create|put|update)\b)[^\r\n]{0,200}?[ ]--(?:value|data)[ =]"
    r"(?=\S)"
)
_oracle = compile_later(
    r"\b(?:sqlplus|sqlldr|expdp|impdp|rman)\b[^\r\n]{0,100}?[ \t\"'][A-Za-z][\w$#]{0,30}/(?=[^\s/@]{4})"
)
_oracle_end = compile_later(r"@|[\s\"']|\Z")
_kept = compile_later(r"\bvault (?:kv )?(?:put|write|patch)\b([^\r\n]{1,1000})")
_pair = compile_later(r"(?<=\s)[\w.-]{1,60}=(?=[^\s@])")
_literal = compile_later(r"--from-literal(?:[= ]|['\"], ['\"])['\"]?[\w.-]{1,60}=")  # of `create secret`
_logs_in = compile_later(r"\b(?:vault login|vault operator unseal|cargo login)(?: --?[\w=-]{1,30}){0,3} (?=[^\s-])")
_between_words = r"[\s\"',]+"
_word = r"[^\s\"',]+"
_second = compile_later(
    rf"(?:\brabbitmqctl{_between_words}(?:add_user|change_password){_between_words}{_word}|\bwpa_passphrase{_between_words}"
    rf"{_word}|\bmosquitto_passwd{_between_words}-b{_between_words}{_word}{_between_words}{_word}|"
    rf"\bhtpasswd{_between_words}-(?:nb|bn)\w?{_between_words}{_word}|\bnet{_between_words}user{_between_words}{_word}|"
    rf"\b(?:mysqladmin|nmcli)\b[^\r\n]{{1,100}}? password|\blftp -u [\w.@-]{{1,60}},|"
    rf"\bhttp-basic\.\w{{1,40}}{_between_words}{_word}|\bradtest{_between_words}{_word}|"
    rf"\bmc (?:alias set|config host add)(?:{_between_words}{_word}){{3}}|"
    rf"\bnet{_between_words}use\b[^\r\n]{{1,100}}?/user:{_word}|"
    r"\b(?:xfreerdp3?|wfreerdp|schtasks|cmdkey|signtool|runas)\b[^\r\n]{1,200}? /(?i:rp|p|pass(?:word)?)(?=[: ])|"
    rf"\b(?:openssl passwd|mkpasswd)(?: -(?:salt|S|m) {_word}| -\w{{1,12}}){{1,4}})"
    rf"(?:{_between_words}|(?<=,)|(?<=/[pP]|[rR][pP]|ss|rd):)(?=[^\s\"',/-])"
)
"""What has a password behind a name, without an option."""


def clean(text: str) -> str:
    """Return a text without passwords that stand behind a name or are piped, and those of Oracle's tools."""
    text = without_random(text, _here) if "<<<" in text else text
    piped = _piped.search(text)
    value = Extents(text).value(piped.end()) if piped else None
    if value is not None and not judge.is_harmless(text[value.inner_start : value.inner_end]):
        text = without(text, value.inner_start, value.inner_end)
    second = _second.search(text)
    value = Extents(text).bare(second.end(), "&", "=") if second else None
    if value is not None and not judge.is_harmless(text[value.start : value.end]):
        text = without(text, value.start, value.end)
    if "create" in text and "secret" in text and "--from-literal" in text:
        text = _without_literals(text)
    if "vault " in text:
        text = _without_pairs(text)
    text = without_random(text, _logs_in) if " login" in text or " unseal" in text else text
    text = without_random(text, _stored) if "--value" in text or "--data" in text else text
    user = _oracle.search(text)
    if user is None:
        return text
    end = _oracle_end.search(text, user.end()).start()  # type: ignore[union-attr]  # there is an end
    return without(text, user.end(), end)


def _without_literals(text: str) -> str:
    extents, cleaned = Extents(text), Cleaned(text)
    for literal in cleaned.remaining(_literal.finditer(text)):
        value = extents.bare(literal.end(), "", "")
        if value is not None and not judge.is_harmless(text[value.start : value.end]):
            cleaned.leave_out(value.start, value.end)
    return cleaned.text()


def _without_pairs(text: str) -> str:
    """Return a text without what a store of secrets is told to keep, under any name."""
    extents, cleaned = Extents(text), Cleaned(text)
    for command in cleaned.remaining(_kept.finditer(text)):
        for pair in cleaned.remaining(_pair.finditer(text, *command.span(1))):
            value = extents.quoted(pair.end()) or extents.bare(pair.end(), "", "")
            if value is not None and judge.is_random(text[value.inner_start : value.inner_end]):
                cleaned.leave_out(value.inner_start, value.inner_end)
    return cleaned.text()


def may_hold(text: str) -> bool:
    """Return whether there may be such a command in a text."""
    if "|" in text and ("stdin" in text or "-fd " in text or "sudo " in text or "kinit" in text or " secret" in text):
        return True
    if "--" in text and ("--value" in text or "--data" in text or "--from-lit" in text):
        return True
    # Parts of their names: to look for few of them takes less than for one expression, where a text is long.
    return (
        "<<<" in text
        or "passwd" in text
        or "vault " in text
        or "net us" in text
        or "rabbitmqctl" in text
        or "wpa_pass" in text
        or "sqlplus" in text
        or "sqlldr" in text
        or "pdp " in text
        or "rman " in text
        or "http-basic" in text
        or "mysqladmin" in text
        or "nmcli " in text
        or "radtest " in text
        or "mc alias" in text
        or "mc config" in text
        or "lftp " in text
        or "freerdp" in text
        or "schtasks" in text
        or "cmdkey" in text
        or "signtool" in text
        or "cargo login" in text
    )


RULE = Rule(
    " ",
    may_hold,
    clean,
    {
        "echo 'hunter2' | docker login --password-stdin": "echo '[Filtered]' | docker login --password-stdin",
        "echo hunter2 | sudo -S ls": "echo [Filtered] | sudo -S ls",
        "kinit joe@EXAMPLE <<< 0f5a9c77ab": "kinit joe@EXAMPLE <<< [Filtered]",
        "rabbitmqctl change_password joe hunter2": "rabbitmqctl change_password joe [Filtered]",
        "Command '['htpasswd', '-nb', 'joe', 'hunter2']' failed": (
            "Command '['htpasswd', '-nb', 'joe', '[Filtered]']' failed"
        ),
        "rabbitmqctl add_user, net user joe /add": "rabbitmqctl add_user, net user joe /add",
        "vault kv put secret/shop db=0f5a9c77ab ttl=1h": "vault kv put secret/shop db=[Filtered] ttl=1h",
        "put-parameter --name /a --value 0f5a9c77ab --type SecureString": (
            "put-parameter --name /a --value [Filtered] --type SecureString"
        ),
        "vault login -no-print 0f5a9c77ab": "vault login -no-print [Filtered]",
        "radtest joe hunter2 localhost 0 x": "radtest joe [Filtered] localhost 0 x",
        "mc alias set local http://minio:9000 admin hunter2": "mc alias set local http://minio:9000 admin [Filtered]",
        "xfreerdp /u:joe /p:hunter2 /v:db": "xfreerdp /u:joe /p:[Filtered] /v:db",
        "schtasks /Create /RU joe /RP hunter2 /SC DAILY": "schtasks /Create /RU joe /RP [Filtered] /SC DAILY",
        "openssl passwd -6 -salt xyz hunter2": "openssl passwd -6 -salt xyz [Filtered]",
        "sqlplus app/hunter2@db": "sqlplus app/[Filtered]@db",
        "echo done | tee /dev/stdin; sqlplus /nolog; sudo ls": "echo done | tee /dev/stdin; sqlplus /nolog; sudo ls",
    },
)
