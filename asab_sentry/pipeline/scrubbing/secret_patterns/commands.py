"""Secrets in commands of a shell, as exceptions of subprocesses show them: by options that do not say so."""

import functools
import itertools
import re
from collections.abc import Iterator

from ....runtime.expressions import compile_later
from ....secret_keys.denylist import FILTERED
from . import judge
from .extents import Extents
from .rule import MOST, Cleaned, Rule, without

OPTIONS = {
    **dict.fromkeys(("curl", "smbclient", "etcdctl", "rpcclient", "winexe"), "u|-user|-proxy-user|U|b|-cookie|E|-cert"),
    **dict.fromkeys(("http", "https", "xh", "hey", "check_http"), "a|-auth"),
    "ab": "A",
    **dict.fromkeys(("mysql", "mysqldump", "mysqladmin", "mysqlimport", "mariadb", "mariadb-dump"), "p"),
    **dict.fromkeys(
        (
            "docker login",
            "podman login",
            "az login",
            "sshpass",
            "psexec",
            "mongo",
            "mongosh",
            "mongodump",
            "ncftpget",
            "ncftpput",
        ),
        "p",
    ),
    **dict.fromkeys(("twine upload", "registry login", "crane auth", "cqlsh", "rabbitmqadmin", "beeline"), "p"),
    **dict.fromkeys(("security unlock-keychain", "poetry publish", "az sql"), "p"),
    "nuget push": "k",
    "doctl auth": "t",
    "gem push": "k|-key",
    **dict.fromkeys(("ssh-keygen",), "N|P"),
    **dict.fromkeys(("ldappasswd",), "s|w|a"),
    **dict.fromkeys(("ldapsearch", "ldapadd", "ldapmodify", "ldapdelete", "ldapwhoami"), "w"),
    **dict.fromkeys(("ipmitool", "mosquitto_pub", "mosquitto_sub", "sqlcmd", "bcp"), "P"),
    **dict.fromkeys(("useradd", "usermod"), "p|-password"),
    **dict.fromkeys(("snmpget", "snmpset", "snmpwalk", "snmpbulkwalk"), "A|X|c"),
    **dict.fromkeys(("7z", "7za", "7zz", "rar", "unrar"), "p"),
    "redis-cli": "a",
    "openssl": "passin|passout|pass|k|K",
    "unzip": "P",
    "zip": "P",
}
"""Of programs, the options that take a secret and do not say so, without the first dash."""

WITH_USER = frozenset(
    {"curl", "smbclient", "etcdctl", "rpcclient", "winexe", "http", "https", "xh", "hey", "check_http", "ab"}
)
"""Of these, such an option takes user and password, separated by `:` or `%`, or else cookies."""

ATTACHED = frozenset(program for program in OPTIONS if program.startswith(("mysql", "mariadb", "7z", "rar", "unrar")))
"""Of these, the value is a part of the same word; without one it is asked for."""

_space = r"(?:[ \t]+|[\"'],?[ \t]*[bBuU]?[\"'])"
_program = compile_later(
    rf"(?:(?<![\w.-])|(?<=\\[nrt]))({'|'.join(sorted(OPTIONS, key=len, reverse=True)).replace(' ', _space)})"
    r"(?:\.exe)?(?=[\s'\"])"
)
_line = compile_later(r"(?:(?!\\n)[^\r\n|;&]){0,2000}")
_between = r"(?:[ \t]+|[\"'],?[ \t]*(?=[bBuU]?[\"']))"


# Compiled when the program is met: there are many, and each start would pay for all of them.
@functools.cache
def _option(program: str) -> re.Pattern[str]:
    # Behind the quote that closes an argument nothing stands, but what ends or goes on as a list.
    attached = r"(?=[^\s\"',=-]|[\"'][^\s\"',)\]}:.;|&])"
    return re.compile(
        rf"(?<=[\s\"'])-(?:{OPTIONS[program]})(?:{attached if program in ATTACHED else f'{attached}|=|{_between}'})"
    )


@functools.cache
def _argument(program: str) -> re.Pattern[str]:
    return re.compile(rf"-(?:{OPTIONS[program]})=?")


_user = compile_later(r"[^\s\"':%]*[:%]")
_cookie = compile_later(r"-(?:b|-cookie)\b")
# Of any program, an option behind that of a user.
_behind_user = compile_later(
    r"(?<=[\s\"'])-(?:[uUl]|-user(?:name)?)(?:[= \t]|[\"'],[ \t]*[\"'])[\"']?[^\s\"',]{1,60}[\"']?,?[ \t]+[\"']?"
    r"-(?:[pPwW]|pw)(?:[= \t][\"']?|[\"'],[ \t]*[\"'])?(?=[^\s\"',=-])"
)
# Of any program, what stands behind a user in the same argument.
_takes_user = compile_later(r"-(?:[uU]|-(?:\w{1,10}-)?(?:user|auth|creds?))")
_named_user = compile_later(r"[\w.@\\-]{1,60}[:%](?=[^\s/\\:\"']+(?:[\s\"',]|\Z))")
_with_user = compile_later(rf"(?<=[\s\"']){_takes_user.pattern}(?:[= \t]|[\"'],[ \t]*[\"'])[\"']?{_named_user.pattern}")
_htpasswd = compile_later(r"\bhtpasswd(?:[\s\"',]+-\w+)*[\s\"',]+-(?!\w*n)\w*b\w*(?:[\s\"',]+[^\s\"',]+){2}[\s\"',]+")


def clean(text: str) -> str:
    """Return a text without the secrets that programs are given by options that do not say so."""
    extents = Extents(text)
    cleaned = Cleaned(text)
    programs = [*itertools.islice(_program.finditer(text), MOST + 1)]
    for program, following in itertools.zip_longest(programs, programs[1:]):
        if program.start() < cleaned.done:
            continue
        if cleaned.is_enough(program.end()):
            break
        line = _line.match(text, program.end(), following.start() if following else len(text))
        end = line.end() if line else program.end()
        name = re.sub(r"[^\w-]+", " ", program[1])
        for option in _option(name).finditer(text, program.end(), end):
            value = extents.value(option.end()) if option.start() >= cleaned.done else None
            if value is None or text[value.inner_start : value.inner_start + 1] in {"-", ""}:
                continue
            start = value.inner_start
            if name in WITH_USER and not _cookie.search(option[0]):
                user = _user.match(text, start, value.inner_end)
                if user is None:
                    continue
                start = user.end()
            shown = text[start : value.inner_end]
            if shown and not judge.is_harmless(shown):
                cleaned.leave_out(start, value.inner_end)
    text = without_random(without_random(cleaned.text(), _behind_user), _with_user)
    added = _htpasswd.search(text) if "htpasswd" in text else None
    value = Extents(text).value(added.end()) if added else None
    return without(text, value.start, value.end) if value else text


def without_random(text: str, before: re.Pattern[str]) -> str:
    """Return a text without what stands behind what matches, where it is written as only secrets and ids are."""
    extents, cleaned = Extents(text), Cleaned(text)
    for match in cleaned.remaining(before.finditer(text)):
        value = extents.quoted(match.end()) or extents.bare(match.end(), "", "")
        if value is not None and judge.is_random(text[value.inner_start : value.inner_end]):
            cleaned.leave_out(value.inner_start, value.inner_end)
    return cleaned.text()


def in_arguments(arguments: list[str]) -> Iterator[tuple[int, str]]:
    """Yield which arguments are secret that a program is given so, by their place, and what is left of each."""
    name = arguments[0].rpartition("/")[2]
    if name not in OPTIONS:
        name = " ".join((name, *arguments[1:2]))
    options = _argument(name) if name in OPTIONS else None
    if options is None:
        yield from _behind_users(arguments)
    for place, argument in enumerate(arguments if options else ()):
        option = options.match(argument) if options else None
        if option is None:
            continue
        if option.end() != len(argument):
            value, at = argument, option.end()
        elif name not in ATTACHED and place + 1 < len(arguments):
            value, at, place = arguments[place + 1], 0, place + 1  # noqa: PLW2901  # that one it is
        else:
            continue
        if name in WITH_USER and not _cookie.search(option[0]):
            user = _user.match(value, at)
            if user is None:
                continue
            at = user.end()
        yield place, value[:at] + FILTERED


def _behind_users(arguments: list[str]) -> Iterator[tuple[int, str]]:
    """Yield arguments that are written as only secrets and ids are, of an option of a user or behind it."""
    for place, (argument, value) in enumerate(itertools.pairwise(arguments)):
        is_behind = argument in {"-p", "-P", "-w", "-W", "-pw"} and place > 1 and arguments[place - 2] in _OF_USER
        if is_behind and judge.is_random(value):
            yield place + 1, FILTERED
        user = _named_user.match(value) if _takes_user.fullmatch(argument) else None
        if user is not None and judge.is_random(value[user.end() :]):
            yield place + 1, value[: user.end()] + FILTERED


_OF_USER = frozenset({"-u", "-U", "-l", "--user", "--username"})
_has_option = compile_later(r"[ \"']-{1,2}[A-Za-z]")
_is_command = compile_later(rf"{_program.pattern}|htpasswd")


def may_hold(text: str) -> bool:
    """Return whether there may be such a command in a text."""
    if _has_option.search(text) is None:
        return False
    if _is_command.search(text) is not None or _with_user.search(text) is not None:
        return True
    return ("-u" in text or "-U" in text or "-l" in text) and _behind_user.search(text) is not None


RULE = Rule(
    "-",
    may_hold,
    clean,
    {
        "curl -u joe:hunter2 http://host/": "curl -u joe:[Filtered] http://host/",
        "Command '['curl', '--user', 'joe:hunter2']' failed": "Command '['curl', '--user', 'joe:[Filtered]']' failed",
        "mysql -h db -u root -phunter2 shop": "mysql -h db -u root -p[Filtered] shop",
        "['sshpass', '-p', 'hunter2', 'ssh', 'joe@host']": "['sshpass', '-p', '[Filtered]', 'ssh', 'joe@host']",
        "mysqladmin -u root -p'hunter 2' ping": "mysqladmin -u root -p'[Filtered]' ping",
        "http -a joe:hunter2 https://host/": "http -a joe:[Filtered] https://host/",
        "sqlcmd -S db -U app -P hunter2 -Q 'SELECT 1'": "sqlcmd -S db -U app -P [Filtered] -Q 'SELECT 1'",
        "xfreerdp3 -u joe -p 0f5a9c77ab -v host": "xfreerdp3 -u joe -p [Filtered] -v host",
        "hey -a joe:0f5a9c77ab http://host/": "hey -a joe:[Filtered] http://host/",
        "hydra -l joe -p 0f5a9c77ab ssh://host": "hydra -l joe -p [Filtered] ssh://host",
        "check_http -a joe:0f5a9c77ab -H host": "check_http -a joe:[Filtered] -H host",
        "docker run -u 1000 -p 8080:80 app": "docker run -u 1000 -p 8080:80 app",
        "Command 'mysql -p' failed, as 'mysql -u joe -p'": "Command 'mysql -p' failed, as 'mysql -u joe -p'",
        "docker run -p 8080:80 app; mysql -p shop": "docker run -p 8080:80 app; mysql -p shop",
    },
)
