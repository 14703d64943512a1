"""Objects that hold a secret: what local variables, `struct_data` and arguments of messages are."""

import argparse
import collections
import configparser
import dataclasses
import functools
import http.cookies
import inspect
import json
import subprocess
import types
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any, NamedTuple

import aiohttp
import multidict
import yarl

Build = Callable[[str], Any]

OBJECTS: dict[str, Build] = {
    "dict": lambda secret: {"user": "joe", "password": secret},
    "dict, nested": lambda secret: {"a": {"b": [{"client_secret": secret}]}},
    "dict, list under the key": lambda secret: {"tokens": [secret, "x"], "a": 1},
    "dict, dict under the key": lambda secret: {"credentials": {"value": secret, "user": "joe"}},
    "dict, tuple under the key": lambda secret: {"api_keys": (secret, "x")},
    "dict, set under the key": lambda secret: {"api_keys": {secret}},
    "dict, bytes under the key": lambda secret: {"api_key": secret.encode()},
    "dict, key of bytes": lambda secret: {b"password": secret.encode()},
    "dict, number under the key": lambda secret: {"pin": int.from_bytes(secret[:5].encode()), "totp": secret},
    "dict, key of a tuple": lambda secret: {("db", "password"): secret},
    "pair": lambda secret: ("password", secret),
    "pairs": lambda secret: [("Host", "x"), ("Cookie", f"sid={secret}"), ("X-Api-Key", secret)],
    "pairs of bytes": lambda secret: [(b"host", b"x"), (b"authorization", f"Bearer {secret}".encode())],
    "lists": lambda secret: [["Host", "x"], ["X-Auth-Token", secret]],
    "tuple of pairs": lambda secret: (("user", "joe"), ("password", secret)),
    "dict.items()": lambda secret: {"user": "joe", "password": secret}.items(),
    "dict.values()": lambda secret: {"password": f"password={secret}"}.values(),
    "zip": lambda secret: list(zip(["user", "password"], ["joe", secret], strict=True)),
    "OrderedDict": lambda secret: collections.OrderedDict(user="joe", password=secret),
    "defaultdict": lambda secret: collections.defaultdict(str, password=secret),
    "ChainMap": lambda secret: collections.ChainMap({"password": secret}, {"user": "joe"}),
    "UserDict": lambda secret: collections.UserDict(password=secret),
    "mappingproxy": lambda secret: types.MappingProxyType({"password": secret}),
    "deque": lambda secret: collections.deque([{"password": secret}, ("token", secret)]),
    "name and value": lambda secret: {"name": "password", "value": secret},
    "Name and Value": lambda secret: [{"Name": "DB_PASSWORD", "Value": secret}, {"Name": "HOST", "Value": "x"}],
    "key and value": lambda secret: {"key": "password", "value": secret},
    "type and value": lambda secret: {"entry": "cn=joe", "attribute": {"type": "userPassword", "value": [secret]}},
    "secret of Kubernetes": lambda secret: {"kind": None, "data": {"db": secret}, "string_data": None, "type": None},
    "answer of SASL": lambda secret: ("PLAIN", b"\0joe\0" + secret.encode()),
    "namedtuple": lambda secret: Login("joe", secret),
    "namedtuple, nested": lambda secret: {"a": [Login("joe", secret)]},
    "dataclass": lambda secret: Database("db", secret),
    "dataclass, nested": lambda secret: Settings(Database("db", secret)),
    "dataclass, in a list": lambda secret: [Database("db", secret)],
    "SimpleNamespace": lambda secret: types.SimpleNamespace(host="db", password=secret),
    "Namespace": lambda secret: argparse.Namespace(host="db", api_key=secret),
    "object with a repr": lambda secret: Plain(secret),
    "exception": lambda secret: ValueError(f"refused: password={secret}"),
    "exception with arguments": lambda secret: ValueError("refused", {"password": secret}),
    "BasicAuth": lambda secret: aiohttp.BasicAuth("joe", secret),
    "urlsplit": lambda secret: urllib.parse.urlsplit(f"postgres://app:{secret}@db/shop"),
    "urlparse": lambda secret: urllib.parse.urlparse(f"amqp://app:{secret}@mq:5672/x"),
    "parse_qs": lambda secret: urllib.parse.parse_qs(f"user=joe&token={secret}"),
    "parse_qsl": lambda secret: urllib.parse.parse_qsl(f"user=joe&token={secret}"),
    "yarl.URL": lambda secret: yarl.URL(f"postgres://app:{secret}@db/shop?sslmode=require"),
    "yarl.URL, query": lambda secret: yarl.URL(f"http://host/?access_token={secret}"),
    "Request": lambda secret: vars(
        urllib.request.Request("http://host/", headers={"X-Api-Key": secret, "Authorization": f"Bearer {secret}"})
    ),
    "CIMultiDict": lambda secret: multidict.CIMultiDict({"Host": "x", "X-Api-Key": secret}),
    "CIMultiDict, Authorization": lambda secret: multidict.CIMultiDictProxy(
        multidict.CIMultiDict({"Authorization": f"ApiKey {secret}"})
    ),
    "MultiDict": lambda secret: multidict.MultiDict([("password", secret), ("password", secret)]),
    "cookies": lambda secret: http.cookies.SimpleCookie(f"theme=dark; sid={secret}"),
    "jar of cookies": lambda secret: RequestsCookieJar({"sid": secret}),
    "partial": lambda secret: functools.partial(connect, password=secret),
    "BoundArguments": lambda secret: inspect.signature(connect).bind("db", password=secret),
    "arguments": lambda secret: ["mysqldump", "-h", "db", "--password", secret, "shop"],
    "arguments, equals": lambda secret: ("backup", f"--db-password={secret}"),
    "arguments, curl": lambda secret: ["curl", "-u", f"joe:{secret}", "http://host/"],
    "CalledProcessError": lambda secret: subprocess.CalledProcessError(1, ["mysqldump", f"--password={secret}"]),
    "CompletedProcess": lambda secret: subprocess.CompletedProcess(["mysqldump", "--password", secret], 1),
    "rows beside names": lambda secret: {"columns": ["id", "api_key"], "rows": [[1, secret], [2, secret]]},
    "row beside names": lambda secret: {"fieldnames": ["user", "token"], "row": ["joe", secret]},
    "named parameters": lambda secret: {"sql": "SELECT 1 FROM t WHERE token = :a", "binds": {"a": secret, "b": 1}},
    "arguments of a login": lambda secret: {"func": "shop.authenticate", "args": ["joe", secret]},
    "arguments of a change": lambda secret: {"task": "users.change_password", "args": f"[7, {secret!r}]"},
    "variables of GraphQL": lambda secret: {"query": "mutation { login(password: $a) }", "variables": {"a": secret}},
    "login": lambda secret: {"host": "mail", "login": ["joe", secret]},
    "name and other value": lambda secret: [
        {"key": "otp", "stringValue": secret},
        {"column": "password", "to": secret},
    ],
    "Redis": lambda secret: [["HSET", "user:7", "password", secret], ["SET", "session:7", secret]],
    "key below what it is of": lambda secret: {"encryption": {"key": secret, "name": "x"}},
    "change of LDAP": lambda secret: [("userPassword", "MODIFY_REPLACE", [secret])],
    "configuration": lambda secret: _section(secret),
    "JSON": lambda secret: json.dumps({"user": "joe", "password": secret}),
    "JSON in JSON": lambda secret: {"body": json.dumps({"message": json.dumps({"password": secret})})},
    "JSON of bytes": lambda secret: {"body": json.dumps({"password": secret}).encode()},
    "lines": lambda secret: f"user=joe\napi_key={secret}\nport=1",
    "list of lines": lambda secret: ["user=joe\n", f"api_key={secret}\n"],
    "form": lambda secret: {"body": f"user=joe&password={secret}".encode()},
}
"""What builds an object, by the name of its kind."""


class Login(NamedTuple):
    """A user and a password."""

    user: str
    password: str


@dataclasses.dataclass
class Database:
    """Where a database is, and the password for it."""

    host: str
    password: str


@dataclasses.dataclass
class Settings:
    """Settings that hold others."""

    database: Database


class RequestsCookieJar(collections.UserDict[str, str]):
    """Cookies as requests has them: a mapping, which shows them as objects."""

    def __repr__(self) -> str:
        return f"<RequestsCookieJar[{', '.join(f'<Cookie {name}={value} for host/>' for name, value in self.items())}]>"


class Plain:
    """Shows its fields as people write it by hand."""

    def __init__(self, secret: str) -> None:
        self.password = secret

    def __repr__(self) -> str:
        return f"<Plain host='db' password={self.password!r}>"


def connect(host: str, *, password: str) -> None:
    """Do nothing: its arguments are what counts."""


def _section(secret: str) -> configparser.SectionProxy:
    config = configparser.ConfigParser(interpolation=None)
    config["db"] = {"host": "db", "password": secret}
    return config["db"]
