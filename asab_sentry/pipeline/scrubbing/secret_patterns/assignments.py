"""Secrets by their name in a text: what is assigned to it, given to it, or stands beside it, in whatever language.

A name is found first (`names`), then what connects it with a value, then where the value ends (`extents`); last it is
asked whether the value can be a secret (`judge`).
"""

from ....runtime.expressions import compile_later
from . import dumps, manifests, names, neighbours, rows, sentences, tables
from .assigned import assigned
from .extents import Extents
from .names import Name, Names
from .rule import Cleaned, Rule
from .scan import Scan, Secret

_sign = compile_later(
    r"(?:\\*[\"'`]|&(?:quot|apos|#34|#39|#x27);)?"
    # What PHP says of a property.
    r"(?::(?:(?:\\*+\")?[\w\\]{1,80}+\"?:)?(?:private|protected)(?=\]))?"
    r"(?:[ \t]?[\])]){0,2}(?:\*{1,2}(?=[ \t]?:))?"
    # What stands behind a member of an enumeration, and the number of one of several.
    r"(?:: (?:\d{1,6}|\\*'[\w .-]{1,40}\\*')>|[ \t]\d{1,2}(?=[ \t]?[:=]))?"
    r"(?:[ \t]*:[ \t]+[A-Za-z_][\w.]*(?:\[[\w., |\[\]]{0,60}\])?(?:[ \t]*\|[ \t]*[\w.]+){0,3}[ \t]+(?==[^=]))?"
    r"(?>(?:[ \t]|\\{1,16}+t)*)(=>|->|:=|[=!?+]=|===|::=|::?|=|%3[aAdD]>?|\\u003[aAdD]|"
    r"(?:NOT )?(?:I?LIKE\b|IN\b(?=[ \t]*\((?!\s*SELECT\b)))|like\b)(?:\*{1,2}(?=[ \t]))?(?>(?:[ \t]|\\{1,16}+t)*)"
    # What other languages say of a value: its type, its address, that there is one.
    r"(?:(?:\s|\\{1,8}n){0,40}string\(\d{1,6}\)[ \t]*|(?:Just|String|chr|0x[0-9a-f]{4,16})[ \t]+(?=\\*\")|"
    r"\(\*?string\)[ \t]?\((?:len=\d{1,6}\)[ \t]|0x[0-9a-f]{1,16}\)\()|"
    r"![\w!]+[ \t]+|(?<=: )&[\w-]+[ \t]+|(?:</\w{1,10}>[ \t]*(?:<\w{1,10}>)?){1,2})?"
)
_BESIDE = frozenset({" ", "\t", "|", "~", "[", "\u300c", "\u300e"})
_ENDS = frozenset({"", "\\", '"', "'", ",", ";", ")", "<", "\r", "\n"})


class Text(Scan):
    """A text with names and values."""

    def value(self, name: Name) -> Secret | None:
        """Return what is assigned or given to a name, if that can be a secret."""
        text, end = self.text, name.end
        sign = _sign.match(text, end)
        if sign is not None:
            return self._assigned(name, sign.end(), sign[1])
        following = text[end : end + 1]
        if following in _BESIDE:
            return self._behind(name)
        if following == "(":
            return self._called(name) or self._behind(name)
        if following == "/":
            return neighbours.in_path(self, name)
        return neighbours.beside(self, name) if following in _ENDS else None

    def _assigned(self, name: Name, start: int, sign: str) -> Secret | None:
        secret = assigned(self, name, start, sign)
        if secret is None and sign == ":" and name.text.lower().endswith(("credentials", "zugangsdaten")):
            return sentences.behind_user(self, name)
        return secret

    def _called(self, name: Name) -> Secret | None:
        return neighbours.called(self, name)

    def _behind(self, name: Name) -> Secret | None:
        return neighbours.behind(self, name)


def cleaned(text: str, scan: Text) -> str:
    """Return a text without the values that are found in it."""
    names, left = Names(text), Cleaned(text)
    for name in names:
        if left.is_enough(name.end):
            break
        value = scan.value(name)
        if value is not None and left.done <= value.start < value.end:
            left.leave_out(*value)
            names.end = max(names.end, value.end)
    if names.are_too_many and names.end < len(text):
        left.leave_out(max(left.done, names.end), len(text))
    return left.text()


def clean(text: str) -> str:
    """Return a text without the values of names that name a secret."""
    if "\n" in text or "\\n" in text:
        text = tables.clean(text)
    if "[" in text or "((" in text:
        text = rows.clean(text)
    if manifests.may_hold(text):
        text = manifests.clean(text)
    return cleaned(text, Text(text, Extents(text)))


RULE = Rule(
    "",
    names.may_hold,
    clean,
    {
        **rows.EXAMPLES,
        **tables.EXAMPLES,
        **manifests.EXAMPLES,
        **dumps.EXAMPLES,
        "host=db user=app password=hunter2 dbname=shop": "host=db user=app password=[Filtered] dbname=shop",
        "Server=db;Uid=app;Pwd=hunter2;": "Server=db;Uid=app;Pwd=[Filtered];",
        '{"client_secret": "hunter2", "a": 1}': '{"client_secret": "[Filtered]", "a": 1}',
        "{'apiKey': 'hunter2'}": "{'apiKey': '[Filtered]'}",
        '{"a": 1, "password": "hunter2, hun...': '{"a": 1, "password": "[Filtered]',
        "refused: {'a': {'token': 'hunter2'}}": "refused: {'a': {'token': '[Filtered]'}}",
        "change_password: old=hunter2 new=hunter3 user=7": "change_password: old=[Filtered] user=7",
        "set_password(user_id=7, 'hunter2')": "set_password(user_id=7, '[Filtered]')",
        "credentials joe / 0f5a9c77ab": "credentials joe / [Filtered]",
        "Invalid credentials: joe, 0f5a9c77ab": "Invalid credentials: joe, [Filtered]",
        "shared secret for nas 10.0.0.1 is 0f5a9c77ab": "shared secret for nas 10.0.0.1 is [Filtered]",
        "seed phrase ozone drill grab fiber curtain grace": "seed phrase [Filtered]",
        "seed phrase of the shop is not set, enter twelve words": (
            "seed phrase of the shop is not set, enter twelve words"
        ),
        "Password for root: teapot": "Password for root: [Filtered]",
        "Password for root: expired\npassword for joe: see below": (
            "Password for root: expired\npassword for joe: see below"
        ),
        "Le mot de passe de joe est 0f5a9c77ab": "Le mot de passe de joe est [Filtered]",
        "Heslo bylo změněno na 0f5a9c77ab": "Heslo bylo změněno na [Filtered]",
        "backup code ab12-cd34, recovery code page-two": "backup code [Filtered], recovery code page-two",
        "Password changed from hunter2a to 0f5a9c77ab": "Password changed from [Filtered]",
        "token changed from old to new": "token changed from old to new",
        "senha incorreta: 0f5a9c77ab": "senha incorreta: [Filtered]",
        "{'type': 'password', 'password': 'hunter2'} -> 400": "{'type': 'password', 'password': '[Filtered]'} -> 400",
        "('userPassword', 'MODIFY_REPLACE', ['hunter2'])": "('userPassword', 'MODIFY_REPLACE', [Filtered])",
        "password rejected by policy (0f5a9c77ab)": "password rejected by policy ([Filtered])",
        "passwords do not match: 0f5a9c77ab / 0f5a9c77ac": "passwords do not match: [Filtered]",
        "API key of tenant acme: 0f5a9c77ab": "API key of tenant acme: [Filtered]",
        "password was not used by worker-7f3a, secret is valid for shop-2026": (
            "password was not used by worker-7f3a, secret is valid for shop-2026"
        ),
        "db password from vault: 0f5a9c77ab, client_secret mismatch, got 0f5a9c77ac": (
            "db password from vault: [Filtered], client_secret mismatch, got [Filtered]"
        ),
        "password reset mail sent to 0f5a9c77ab, secret volume default-token-x7k2p": (
            "password reset mail sent to 0f5a9c77ab, secret volume default-token-x7k2p"
        ),
        "passcode 123456 is wrong, unlock code 12345 67890": "passcode [Filtered] is wrong, unlock code [Filtered]",
        "token=a.b&page=2": "token=[Filtered]&page=2",
        "X-Auth-Token: hunter2": "X-Auth-Token: [Filtered]",
        "Authorization: Bearer hunter2": "Authorization: [Filtered]",
        "Cookie: a=b; sid=hunter2": "Cookie: [Filtered]",
        "PASSWORD: str = b'hun\\'ter2'": "PASSWORD: str = b'[Filtered]'",
        "d['password']    = Secret('hunter2')": "d['password']    = Secret([Filtered])",
        "'a=1\\napi_key=hunter2\\nb=2'": "'a=1\\napi_key=[Filtered]\\nb=2'",
        "backup --password=hunter2 --token 'hunter 2'": "backup --password=[Filtered] --token '[Filtered]'",
        "[('Host', 'x'), ('Cookie', 'sid=hunter2')]": "[('Host', 'x'), ('Cookie', '[Filtered]')]",
        '{"name": "password", "value": "hunter2"}': '{"name": "password", "value": "[Filtered]"}',
        "{'column': 'api_key', 'old': 'hunter2', 'new': 'hunter3'}": "{'column': 'api_key', 'old': '[Filtered]'}",
        'variable "db_password" {\n  type    = string\n  default = "hunter2"\n}': (
            'variable "db_password" {\n  type    = string\n  default = "[Filtered]"\n}'
        ),
        "('bad password', '0f5a9c77ab')": "('bad password', '[Filtered]')",
        "SELECT 1 FROM t WHERE token IN ('hunter2', 'hunter3')": "SELECT 1 FROM t WHERE token IN [Filtered]",
        "| user | joe |\n| password | 0f5a9c77ab |": "| user | joe |\n| password | [Filtered] |",
        "The password for joe is 0f5a9c77ab": "The password for joe is [Filtered]",
        "Token refreshed: 0f5a9c77ab": "Token refreshed: [Filtered]",
        "Passwort für joe: 0f5a9c77ab": "Passwort für joe: [Filtered]",
        "Heslo uživatele joe: 0f5a9c77ab": "Heslo uživatele joe: [Filtered]",
        "heslo pro joe je 0f5a9c77ab": "heslo pro joe je [Filtered]",
        "Contraseña incorrecta: 'Abcdefg1'": "Contraseña incorrecta: '[Filtered]'",
        "Jeton d'accès : 0f5a9c77ab": "Jeton d'accès : [Filtered]",
        "токен доступа: 0f5a9c77ab": "токен доступа: [Filtered]",
        "The following password was made for joe:\n\n0f5a9c77ab\n": (
            "The following password was made for joe:\n\n[Filtered]\n"
        ),
        "token refreshed: 0f5a9c77ab&a=password is set to 0f5a9c77ac&page=2": (
            "token refreshed: [Filtered]&a=password is set to [Filtered]&page=2"
        ),
        "Password for joe has been reset to 0f5a9c77ab": "Password for joe has been reset to [Filtered]",
        "パスワード「0f5a9c77ab」です, API-Key »0f5a9c77ac«": "パスワード「[Filtered]」です, API-Key »[Filtered]«",
        'Cookie "sid=0f5a9c77ab" rejected': 'Cookie "sid=[Filtered]" rejected',
        "pulumi config set --secret dbPassword 0f5a9c77ab": "pulumi config set --secret dbPassword [Filtered]",
        "{'field': 'token', 'rejectedValue': 'hunter2'}": "{'field': 'token', 'rejectedValue': '[Filtered]'}",
        "Token rejected: 'signature mismatch', token refreshed: 3": (
            "Token rejected: 'signature mismatch', token refreshed: 3"
        ),
        '{"token": ["has expired"], "password": ["This one is too common."]}': (
            '{"token": ["has expired"], "password": ["This one is too common."]}'
        ),
        "{'password': [ErrorDetail(string='This field may not be blank.', code='blank')]}": (
            "{'password': [ErrorDetail(string='This field may not be blank.', code='blank')]}"
        ),
        "api_key_header=X-Api-Key, password_encoder=bcrypt": "api_key_header=X-Api-Key, password_encoder=bcrypt",
        'getpass("Password: ")': 'getpass("Password: ")',
        "cvv=123, pin=12": "cvv=[Filtered], pin=12",
        "token = hunter2\n\t0f5a9c77ab\nport = 1": "token = [Filtered]\nport = 1",
        "api_keys = 0f5a9c77ab, 0f5a9c77ac ; two\nport = 1": "api_keys = [Filtered] ; two\nport = 1",
        "passwords:\n- hunter2\n- hunter3\nport: 1": "passwords:\n- [Filtered]\nport: 1",
        "password: # of the shop\n  hunter2": "password: # of the shop\n  [Filtered]",
        "password: expired\n  at line 5": "password: expired\n  at line 5",
        "| password | string | The password for joe is expired |": (
            "| password | string | The password for joe is expired |"
        ),
        '{"tokens": ["hunter2"], "a": 1}': '{"tokens": [Filtered], "a": 1}',
        "{'password_old': ['hunter']}": "{'password_old': [Filtered]}",
        "ldap.INVALID_CREDENTIALS: {'desc': 'Invalid credentials', 'result': 49}": (
            "ldap.INVALID_CREDENTIALS: {'desc': 'Invalid credentials', 'result': 49}"
        ),
        "InvalidPassword: ('0f5a9c77ab0f5a9c',)": "InvalidPassword: [Filtered]",
        "password=None, author=me, session_count: 5": "password=None, author=me, session_count: 5",
        "Unexpected token: EOF in token.py:12": "Unexpected token: EOF in token.py:12",
        "password: must be at least 12 characters": "password: must be at least 12 characters",
        "private_key: /etc/ssl/key.pem, prompt_tokens: 12": "private_key: /etc/ssl/key.pem, prompt_tokens: 12",
    },
)
