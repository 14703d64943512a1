"""What a text assigns to the name of a secret goes, however it is written; what is no secret stays."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_secret_patterns import HOSTILE, clean

from asab_sentry.pipeline.scrubbing.secret_patterns import judge, source_code

PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))
RUN = 5
"""So many characters of a secret in a row are a leak."""

SPELLINGS = {
    "bare": lambda secret: f"connecting with password={secret}",
    "bare, more behind it": lambda secret: f"host=db password={secret} dbname=shop",
    "aligned": lambda secret: f"host     = db\npassword = {secret}\nport     = 1",
    "header": lambda secret: f"Host: x\r\nX-Api-Key: {secret}\r\n\r\n",
    "repr": lambda secret: f"login(user='joe', password={secret!r})",
    "bytes": lambda secret: f"Login(user=b'joe', password={secret.encode()!r})",
    "JSON": lambda secret: json.dumps({"user": "joe", "password": secret, "port": 1}),
    "compact JSON": lambda secret: json.dumps({"a": 1, "password": secret, "b": 2}, separators=(",", ":")),
    "JSON in JSON": lambda secret: json.dumps({"body": json.dumps({"password": secret})}),
    "JSON, JSON in it, and JSON in that": lambda secret: json.dumps([json.dumps({"x": json.dumps({"token": secret})})]),
    "JSON in a repr": lambda secret: repr(json.dumps({"user": "joe", "password": secret})),
    "texts with quotes in JSON": lambda secret: json.dumps(["password = 'x1y2z3w4'", f"token = {secret!r}", "a = 'b'"]),
    "list": lambda secret: json.dumps({"tokens": [secret, "x"]}),
    "dict": lambda secret: f"refused {{'credentials': {{'value': {secret!r}}}, 'a': 1}}",
    "tuple": lambda secret: f"password=({secret!r},), port=1",
    "pair": lambda secret: f"[('Host', 'x'), ('Cookie', {secret!r})]",
    "field": lambda secret: json.dumps([{"name": "password", "value": secret}]),
    "field, value first": lambda secret: json.dumps({"value": secret, "name": "password"}),
    "class": lambda secret: f"db=Database(password=SecretStr({secret!r}))",
    "subscript": lambda secret: f"config['db']['password'] = {secret!r}",
    "annotated": lambda secret: f"PASSWORD: str | None = {secret!r}",
    "option": lambda secret: f"backup --db-password={secret} --fast",
    "list of arguments": lambda secret: f"Command {['backup', '--db-password', secret]} returned 1",
    "lines in a repr": lambda secret: f"'a=1\\napi_key={secret}'",
    "libpq": lambda secret: "host=db password='{}'".format(secret.replace("\\", "\\\\").replace("'", "\\'")),
    "SQL": lambda secret: "SET password = '{}' WHERE id = 1".format(secret.replace("'", "''")),
    "XML": lambda secret: f'<add key="password" value="{secret.replace(chr(34), "&quot;")}"/>',
    "a list of assignments": lambda secret: f"Server=db;Uid=app;Pwd={secret}",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_any_password(spelling: str) -> None:
    """Of a password of any printable characters no five in a row are left."""
    chosen = random.Random(spelling)
    for _ in range(200):
        secret = "".join(chosen.choices(PRINTABLE, k=14))
        text = SPELLINGS[spelling](secret)
        left = clean(text)
        shown = [secret[start : start + RUN] for start in range(len(secret) - RUN + 1)]
        assert not any(run in left for run in shown), (text, left)


HARMLESS = [
    "Token: expired",
    "Unexpected token: EOF",
    "password: must be at least 12 characters",
    "{'password': ['This field is required.']}",
    "  File token.py:12 in session.py:80",
    "prompt_tokens: 12, total_tokens=3054",
    "tests pass: 12, session_state: closed",
    "private_key: /etc/ssl/key.pem",
    "pwd=/home/joe/work",
    "session_id: 0x1000a2b3c4d0001",
    "password=None token='' secret=[] auth=()",
    "password=******** api_key=<redacted> token=[Filtered]",
    "usage: backup [--password PASSWORD] [--token <token>]",
    "SELECT * FROM users WHERE password = %s AND token = $1",
    "auth: SCRAM-SHA-256, Authentication: ldap",
    "def login(user: str, password: str) -> Session",
    "<aiohttp.client.ClientSession object at 0x7f00> session: <Session 3>",
    "password = getpass(), token = self._token, secret = os.environ['SECRET']",
    "the password is wrong, a token was refused",
    "missing fields: ['user', 'password']",
    "api key: missing",
]


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless(text: str) -> None:
    """What names a secret and holds none stays: states, numbers, places, placeholders, sentences."""
    assert clean(text) == text


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=5), max_size=30).map("".join))
def test_any_line_of_source(text: str) -> None:
    """Any line of source is cleaned, without a failure, and is then clean."""
    once = source_code.clean_source(text)
    assert source_code.clean_source(once) == once


SOURCE = {
    'password = "hunter2"': 'password = "[Filtered]"',
    "SECRET = b'hunter2'  # of the test": "SECRET = b'[Filtered]'  # of the test",
    'PASSWORD: str = "hunter2"': 'PASSWORD: str = "[Filtered]"',
    'connect(host, password=Secret("hunter2"))': "connect(host, password=Secret([Filtered]))",
    'TOKENS = ["hunter2", "hunter3"]': "TOKENS = [Filtered]",
    'data = {"password": "hunter2"}': 'data = {"password": "[Filtered]"}',
    "auth = HTTPBasicAuth('joe', 'hunter2')": "auth = HTTPBasicAuth([Filtered])",
    "password = read(path)": "password = read(path)",
    'token = data.get("token")': 'token = data.get("token")',
    'session = client.session("https://shop")': 'session = client.session("https://shop")',
    'headers["Authorization"] = "Bearer {}".format(token)': 'headers["Authorization"] = "Bearer {}".format(token)',
    'TOKENS = "gen_ai.usage.tokens"': 'TOKENS = "gen_ai.usage.tokens"',
    'def login(session: "ClientSession", token: "str | None" = None):': (
        'def login(session: "ClientSession", token: "str | None" = None):'
    ),
    'if password == "":': 'if password == "":',
}


@pytest.mark.parametrize("line", SOURCE)
def test_source_code(line: str) -> None:
    """In source code a secret is what is in quotes; what a name is assigned otherwise is code."""
    assert source_code.clean_source(line) == SOURCE[line]


def test_too_many() -> None:
    """Of a text with more names of secrets than are looked at, what is behind them is left out."""
    left = clean("password=None " * 2000 + "password=hunter2")
    assert left.startswith("password=None password=None")
    assert left.endswith("[Filtered]")
    assert "hunter2" not in left
    assert clean("key " * 9000 + "password=hunter2").endswith("[Filtered]")


@pytest.mark.parametrize("length", range(8, 60))
def test_texts_that_were_cut(length: int) -> None:
    """Of a secret that was cut nothing is left, wherever it was."""
    for text in (
        "{'a': [('Host', 'x'), ('password', 'hunter2hunter2hunter2hunter2')]}",
        '{"name": "password", "value": "hunter2hunter2hunter2hunter2hunter2"}',
        "postgres://app:hunter2hunter2hunter2hunter2hunter2@db.example.com/shop",
        "Command '['backup', '--password', 'hunter2hunter2hunter2hunter2']'",
        "sent token ghp_hunter2hunter2hunter2hunter2hunter2hunter2",
    ):
        assert "hunter2" not in clean(f"{text[:length]}...") or "hunter2" not in text[:length]


def test_random_words() -> None:
    """Words that letters and digits are mixed in are as secrets are written, dates and numbers are not."""
    assert all(map(judge.is_random, ("a1b2c3d4e5", "Zm9vYmFyYmF6cXV4Zm9v", "hunter2-hunter2")))
    assert not any(map(judge.is_random, ("2026-01-01", "12345678", "internationalization", "expired", "a1")))
