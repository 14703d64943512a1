"""Secrets that stand beside their name, in what is no text."""

import collections
import enum
import http
import urllib.parse
from typing import Any, NamedTuple

import pytest
from test_scrubber import scrub

from asab_sentry.objects import json_values
from asab_sentry.objects.calls import Calls
from asab_sentry.objects.variables import Variables

LEFT = {
    "pairs": (
        [("Host", "x"), ("Cookie", "sid=hunter2"), (b"X-Api-Key", b"hunter2")],
        [["Host", "x"], ["Cookie", "[Filtered]"], ["X-Api-Key", "[Filtered]"]],
    ),
    "a pair": (("password", "Hunter2"), ["password", "[Filtered]"]),
    "names of fields": (["user", "password"], ["user", "password"]),
    "two names of fields": (("password", "user"), ["password", "user"]),
    "a pair of numbers": (("tokens", 12), ["tokens", "[Filtered]"]),
    "field": (
        [{"Name": "DB_PASSWORD", "Value": "hunter2"}, {"Name": "HOST", "Value": "db"}],
        [{"Name": "DB_PASSWORD", "Value": "[Filtered]"}, {"Name": "HOST", "Value": "db"}],
    ),
    "field with a default": (
        {"name": "password", "default": ["hunter2"]},
        {"name": "password", "default": ["[Filtered]"]},
    ),
    "error of pydantic": (
        {"type": "string_too_short", "loc": ("body", "password"), "msg": "Too short", "input": "hunter2"},
        {"type": "string_too_short", "loc": ["body", "password"], "msg": "Too short", "input": "[Filtered]"},
    ),
    "change of a field": (
        [{"column": "api_key", "old": "hunter2", "new": "hunter3"}, {"column": "port", "old": 80, "new": 81}],
        [{"column": "api_key", "old": "[Filtered]", "new": "[Filtered]"}, {"column": "port", "old": 80, "new": 81}],
    ),
    "patch": (
        {"op": "replace", "path": "/users/7/password", "value": "hunter2"},
        {"op": "replace", "path": "/users/7/password", "value": "[Filtered]"},
    ),
    "parameters of a template": (
        [{"ParameterKey": "DBPassword", "ParameterValue": "hunter2"}],
        [{"ParameterKey": "DBPassword", "ParameterValue": "[Filtered]"}],
    ),
    "arguments": (
        ["mysqldump", "-h", "db", "--password", "hunter2", "shop", "--token=hunter2"],
        ["mysqldump", "-h", "db", "--password", "[Filtered]", "shop", "--token=[Filtered]"],
    ),
    "options without a value": (["app", "--password", "--verbose", "x"], ["app", "--password", "--verbose", "x"]),
    "arguments that say nothing": (
        ["/usr/bin/curl", "-u", "joe:hunter2", "http://host/"],
        ["/usr/bin/curl", "-u", "joe:[Filtered]", "http://host/"],
    ),
    "a part of an argument": (["mysql", "-uroot", "-phunter2"], ["mysql", "-uroot", "-p[Filtered]"]),
    "short names of a field": ({"k": "password", "v": "hunter2"}, {"k": "password", "v": "[Filtered]"}),
    "a parameter of a store": (
        {"Name": "/prod/db", "Type": "SecureString", "Value": "hunter2", "Version": 1},
        {"Name": "/prod/db", "Type": "SecureString", "Value": "[Filtered]", "Version": 1},
    ),
    "a parameter of a store that is none": (
        {"Name": "/prod/db", "Type": "String", "Value": "db"},
        {"Name": "/prod/db", "Type": "String", "Value": "db"},
    ),
    "rows beside the names of their columns": (
        {"columns": ["id", "api_key"], "rows": [[1, "hunter2"], (2, "hunter3"), [3]]},
        {"columns": ["id", "api_key"], "rows": [[1, "[Filtered]"], [2, "[Filtered]"], [3]]},
    ),
    "a row beside the names of its columns": (
        {"fieldnames": ("user", "token"), "row": ["joe", "hunter2"], "data": ["joe"]},
        {"fieldnames": ["user", "token"], "row": ["joe", "[Filtered]"], "data": ["joe"]},
    ),
    "rows beside other names": (
        {"columns": ["id", "token_count"], "rows": [[1, 12]], "fields": ["password"], "values": ["required"]},
        {"columns": ["id", "token_count"], "rows": [[1, 12]], "fields": ["password"], "values": ["required"]},
    ),
    "named parameters of a statement": (
        {"sql": "select 1 from t where token = :a and name = :b", "binds": {"a": "hunter2", "b": "joe"}},
        {"sql": "select 1 from t where token = :a and name = :b", "binds": {"a": "[Filtered]", "b": "joe"}},
    ),
    "named parameters of columns": (
        {"query": "INSERT INTO t (name, token) VALUES (%(a)s, %(b)s)", "params": {"a": "joe", "b": "hunter2"}},
        {"query": "INSERT INTO t (name, token) VALUES (%(a)s, %(b)s)", "params": {"a": "joe", "b": "[Filtered]"}},
    ),
    "arguments of a function that logs in": (
        {"func": "shop.authenticate", "args": ["joe", "hunter2"]},
        {"func": "shop.authenticate", "args": ["joe", "[Filtered]"]},
    ),
    "arguments of another function": (
        {"func": "shop.rename", "args": ["joe", "hunter2"]},
        {"func": "shop.rename", "args": ["joe", "hunter2"]},
    ),
    "arguments of a function that is named so": (
        {"task": "users.change_password", "args": [7, "hunter2", "none"], "n": {"call": "check_count", "args": ["a"]}},
        {
            "task": "users.change_password",
            "args": [7, "[Filtered]", "none"],
            "n": {"call": "check_count", "args": ["a"]},
        },
    ),
    "arguments that are a text": (
        [{"method": "login", "args": "('joe', 'hunter2')"}, {"method": "list", "args": "('joe', 'hunter2')"}],
        [{"method": "login", "args": "('joe', '[Filtered]')"}, {"method": "list", "args": "('joe', 'hunter2')"}],
    ),
    "values beside the text of a statement": (
        {"text": "SELECT 1 FROM t WHERE token = $1", "values": ["hunter2"]},
        {"text": "SELECT 1 FROM t WHERE token = $1", "values": ["[Filtered]"]},
    ),
    "what Redis is told to keep": (
        [["HSET", "user:7", "name", "joe", "password", "hunter2"], ["SET", "session:7", "0f5a9c77ab", "EX", "60"]],
        [["HSET", "user:7", "name", "joe", "password", "[Filtered]"], ["SET", "session:7", "[Filtered]", "EX", "60"]],
    ),
    "what Redis is told of something else": (
        [["HSET", "user:7", "name", "joe"], ["SET", "order:7", "0f5a9c77ab"], ["SETEX", "token:7", "60", "used"]],
        [["HSET", "user:7", "name", "joe"], ["SET", "order:7", "0f5a9c77ab"], ["SETEX", "token:7", "60", "used"]],
    ),
    "keys below what they are of": (
        [{"encryption": {"key": "0f5a9c77ab0f5a9c", "name": "x"}, "aws": {"key": "Name"}}, {"mfa": {"code": "123456"}}],
        [{"encryption": {"key": "[Filtered]", "name": "x"}, "aws": {"key": "Name"}}, {"mfa": {"code": "[Filtered]"}}],
    ),
    "numbers beside names": (
        {"names": ["password", "token"], "values": [3, 5]},
        {"names": ["password", "token"], "values": [3, 5]},
    ),
    "variables of GraphQL": (
        {"query": "mutation($a: String!) { login(name: $b, password: $a) }", "variables": {"a": "hunter2", "b": "joe"}},
        {
            "query": "mutation($a: String!) { login(name: $b, password: $a) }",
            "variables": {"a": "[Filtered]", "b": "joe"},
        },
    ),
    "values of an attribute": (
        [{"attribute": "userPassword", "values": ["hunter2"]}, {"attribute": "mail", "values": ["x"]}],
        [{"attribute": "userPassword", "values": ["[Filtered]"]}, {"attribute": "mail", "values": ["x"]}],
    ),
    "arguments of an operation": (
        {"op": "auth", "args": ["joe", "0f5a9c77ab"]},
        {"op": "auth", "args": ["joe", "[Filtered]"]},
    ),
    "logins": (
        [{"login": ("joe", "0f5a9c77ab")}, {"userinfo": "joe:0f5a9c77ab"}, {"login": ["joe", "ann"]}, {"login": "joe"}],
        [{"login": ["joe", "[Filtered]"]}, {"userinfo": "joe:[Filtered]"}, {"login": ["joe", "ann"]}, {"login": "joe"}],
    ),
    "values of fields under other keys": (
        [{"field": "password", "from": "hunter2", "to": "hunter3"}, {"key": "otp", "stringValue": "771928"}],
        [{"field": "password", "from": "[Filtered]", "to": "[Filtered]"}, {"key": "otp", "stringValue": "[Filtered]"}],
    ),
    "what may be the value of a field": (
        [
            {"key": "session", "from": "open", "to": "closed"},
            {"path": ["password"], "actual": 7},
            {"from": "a", "to": 1},
        ],
        [
            {"key": "session", "from": "open", "to": "closed"},
            {"path": ["password"], "actual": 7},
            {"from": "a", "to": 1},
        ],
    ),
    "a change of LDAP by its name": (
        [("userPassword", "MODIFY_REPLACE", ["hunter2"]), ("mail", "MODIFY_ADD", ["x"])],
        [["userPassword", "MODIFY_REPLACE", ["[Filtered]"]], ["mail", "MODIFY_ADD", ["x"]]],
    ),
    "digests of ZooKeeper and of images": (
        [("digest", "joe:hunter2"), ("digest", "sha256:0f5a9c77"), ("digest", "md5")],
        [["digest", "[Filtered]"], ["digest", "sha256:0f5a9c77"], ["digest", "md5"]],
    ),
    "rows below names": (
        [["id", "name", "password"], [1, "joe", "hunter2"], ("2", "ann", b"hunter3"), ["end"]],
        [["id", "name", "password"], [1, "joe", "[Filtered]"], ["2", "ann", "[Filtered]"], ["end"]],
    ),
    "arguments behind those of a user": (
        ["hdbsql", "-u", "joe", "-p", "0f5a9c77ab", "-p", "8080"],
        ["hdbsql", "-u", "joe", "-p", "[Filtered]", "-p", "8080"],
    ),
    "a user with a password": (
        ["hey", "-a", "joe:0f5a9c77ab", "-u", "1000:1000", "http://host/"],
        ["hey", "-a", "joe:[Filtered]", "-u", "1000:1000", "http://host/"],
    ),
    "a type that names a secret": (
        [{"type": "userPassword", "value": ["hunter2"]}, {"type": "token", "value": "NAME"}],
        [{"type": "userPassword", "value": ["[Filtered]"]}, {"type": "token", "value": "NAME"}],
    ),
    "a code of OAuth": (
        [{"code": "0f5a9c77ab", "grant_type": "authorization_code"}, {"code": "E12", "message": "x"}],
        [{"code": "[Filtered]", "grant_type": "authorization_code"}, {"code": "E12", "message": "x"}],
    ),
    "exceptions whose types name a secret": (
        {"type": "InvalidPassword", "value": "too short", "module": "shop"},
        {"type": "InvalidPassword", "value": "too short", "module": "shop"},
    ),
    "secret of Kubernetes without a kind": (
        {"data": {"db": "aHVudGVyMg=="}, "kind": None, "string_data": None},
        {"data": {"db": "[Filtered]"}, "kind": None, "string_data": None},
    ),
    "rows of two columns": (
        [("name", "token"), ("joe", "0f5a9c77ab"), ("size", "large")],
        [["name", "token"], ["joe", "[Filtered]"], ["size", "large"]],
    ),
    "rows that are pairs": (
        [("token", "name"), ("kind", "0f5a9c77ab")],
        [["token", "[Filtered]"], ["kind", "0f5a9c77ab"]],
    ),
    "secret of Kubernetes": (
        {
            "data": {"db": "aHVudGVyMg==", "ca": "eA=="},
            "kind": "Secret",
            "stringData": {"a": "hunter2"},
            "type": "Opaque",
        },
        {
            "data": {"db": "[Filtered]", "ca": "[Filtered]"},
            "kind": "Secret",
            "stringData": {"a": "[Filtered]"},
            "type": "Opaque",
        },
    ),
    "other kinds": (
        [{"kind": "ConfigMap", "data": {"db": "shop"}}, {"kind": "Secret", "metadata": {"name": "db"}}, {"kind": 2}],
        [{"kind": "ConfigMap", "data": {"db": "shop"}}, {"kind": "Secret", "metadata": {"name": "db"}}, {"kind": 2}],
    ),
    "commands of Redis": (
        [["AUTH", "joe", "hunter2"], ["CONFIG", "SET", "requirepass", "hunter2"], ["CONFIG", "SET", "maxmemory", "1"]],
        [
            ["AUTH", "joe", "[Filtered]"],
            ["CONFIG", "SET", "requirepass", "[Filtered]"],
            ["CONFIG", "SET", "maxmemory", "1"],
        ],
    ),
    "changes of LDAP": (
        [(2, "userPassword", [b"hunter2"]), (2, "cn", [b"joe"]), (3, "token", "NAME")],
        [[2, "userPassword", ["[Filtered]"]], [2, "cn", ["joe"]], [3, "token", "NAME"]],
    ),
    "a key of JOSE": (
        [{"kty": "oct", "k": "hunter2", "kid": "7"}, {"kind": "x", "k": "a"}],
        [{"kty": "oct", "k": "[Filtered]", "kid": "7"}, {"kind": "x", "k": "a"}],
    ),
    "parameters of a statement": (
        [
            {"sql": "UPDATE users SET password = %s WHERE id = %s", "params": ["hunter2", 1]},
            {"query": "INSERT INTO users (name, password) VALUES ($1, $2)", "args": ("joe", "hunter2", 3)},
            {"query": "SELECT 1 FROM users WHERE name = ?", "args": ["joe"]},
            {"query": "teapot?", "params": ["joe", 1]},
        ],
        [
            {"sql": "UPDATE users SET password = %s WHERE id = %s", "params": ["[Filtered]", 1]},
            {"query": "INSERT INTO users (name, password) VALUES ($1, $2)", "args": ["joe", "[Filtered]", 3]},
            {"query": "SELECT 1 FROM users WHERE name = ?", "args": ["joe"]},
            {"query": "teapot?", "params": ["joe", 1]},
        ],
    ),
    "what a validator has rejected": (
        {"field": "token", "rejectedValue": "hunter2"},
        {"field": "token", "rejectedValue": "[Filtered]"},
    ),
    "numbers that count": (
        {"tokens": 12, "session": 5, "pin": 1234},
        {"tokens": 12, "session": 5, "pin": "[Filtered]"},
    ),
    "large numbers": ({"token": 12345678}, {"token": "[Filtered]"}),
    "host of a URL": ({"netloc": "app:hunter2@mq:5672"}, {"netloc": "[Filtered]@mq:5672"}),
}


@pytest.mark.parametrize("name", LEFT)
def test_context(name: str) -> None:
    """What stands beside the name of a secret goes, in data of any form; what is none stays."""
    value, left = LEFT[name]
    data = json_values.mapping({"data": value}, **json_values.CONTEXT)
    assert scrub({"contexts": {"a": data}})["contexts"]["a"]["data"] == left


SHOWN = (
    "pairs",
    "a pair",
    "field",
    "arguments",
    "arguments that say nothing",
    "rows below names",
    "secret of Kubernetes",
    "commands of Redis",
    "changes of LDAP",
    "a key of JOSE",
    "parameters of a statement",
)


@pytest.mark.parametrize("name", SHOWN)
def test_variables(name: str) -> None:
    """The same holds for local variables, which are shown by their repr."""
    value, _ = LEFT[name]
    shown = Variables().show({"data": value})
    cleaned = scrub({"exception": {"values": [{"stacktrace": {"frames": [{"vars": shown}]}}]}})
    assert "unter2" not in str(cleaned)
    assert str(cleaned).count("[Filtered]") == str(LEFT[name][1]).count("[Filtered]")


class Number(enum.IntEnum):
    """Keys that are numbers, and have names."""

    HOST = 1
    TOKEN = 2


def test_members_of_enumerations() -> None:
    """A key that is a member of an enumeration is shown by its name, also where it is a number or a text."""
    shown = {Number.HOST: "db", Number.TOKEN: "hunter2", http.HTTPStatus.OK: "fine"}
    data = scrub({"contexts": {"a": json_values.mapping(shown, **json_values.CONTEXT)}})["contexts"]["a"]
    assert data == {"Number.HOST": "db", "Number.TOKEN": "[Filtered]", "HTTPStatus.OK": "fine"}
    assert scrub({"message": f"refused: {shown}"})["message"].count("[Filtered]") == 1


class Login(NamedTuple):
    """A user and a password."""

    user: str
    password: str


NAMED: list[Any] = [
    Login("joe", "hunter2"),
    [Login("joe", "hunter2")],
    collections.namedtuple("Key", "id secret_key")("7", "hunter2"),  # noqa: PYI024  # one without types
    urllib.parse.urlsplit("postgres://app:hunter2@db/shop"),
    urllib.parse.urlparse("amqp://app:hunter2@mq"),
]


@pytest.mark.parametrize("value", NAMED, ids=repr)
def test_named_tuples(value: Any) -> None:
    """A tuple whose fields have names is shown with them, and so without its secrets."""
    data = scrub({"contexts": {"a": json_values.mapping({"a": value}, **json_values.CONTEXT)}})
    shown = scrub({"exception": {"values": [{"stacktrace": {"frames": [{"vars": Variables().show({"a": value})}]}}]}})
    text = scrub({"message": f"refused: {value!r}"})
    for left in (data, shown, text):
        assert "hunter2" not in str(left)
        assert "[Filtered]" in str(left)


def test_fields_of_named_tuples() -> None:
    """They are a dict in data and written as Python does in variables."""
    login = Login("joe", "x")
    assert json_values.Walk(500, Calls()).value(login, 3) == {"user": "joe", "password": "[Filtered]"}
    assert Variables().show({"login": login})["login"] == "Login(user='joe', password=[Filtered])"
