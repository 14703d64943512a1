"""The ways in which a secret is written: in URLs, in `repr`, JSON and XML, in base64 and in hexadecimal digits."""

import base64
import html
import json
import re
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

import yarl

SHORTEST_LINE = 20
"""Of a value of several lines, as a private key, lines of so many characters are known by themselves."""

_percent = re.compile(r"%[0-9A-F]{2}")


def spellings(value: str) -> Iterator[str]:
    """Yield the ways in which a value is written; most are the same where it has letters and digits only."""
    yield value
    data = value.encode("utf-8", "surrogateescape")
    yield from _in_base64(data)
    yield data.hex()
    yield data.hex().upper()
    if value.isascii() and value.isalnum():
        return
    for written in _in_urls(value):
        yield written
        yield _percent.sub(lambda match: match[0].lower(), written)
    in_json = json.dumps(value)[1:-1]
    yield in_json
    yield json.dumps(in_json)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    for shown in (repr(value)[1:-1], repr(data)[2:-1], repr(in_json)[1:-1]):
        yield shown
        # Beside a quote of the other kind they are escaped, beside none they are not.
        yield shown.replace("\\'", "'")
        yield shown.replace("'", "\\'")
    yield html.escape(value)
    yield html.escape(value, quote=False)
    for line in value.splitlines():
        if len(line.strip()) >= SHORTEST_LINE:
            yield line.strip()


def _in_urls(value: str) -> Iterator[str]:
    yield quote(value, safe="", errors="surrogateescape")
    yield quote(value, errors="surrogateescape")
    yield quote_plus(value, errors="surrogateescape")
    try:
        yield yarl.URL.build(scheme="http", host="h", user="u", password=value).raw_password or ""
        yield yarl.URL.build(path=f"/{value}").raw_path[1:]
        yield yarl.URL.build(query={"q": value}).raw_query_string[2:]
        yield yarl.URL.build(fragment=value).raw_fragment
    except ValueError:  # half of a pair of surrogates
        return


def _in_base64(data: bytes) -> Iterator[str]:
    """Yield what is the same of it in base64, wherever in the encoded bytes it stands."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + data).decode()
        same = encoded[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        yield same
        yield same.translate(_url_safe)


_url_safe = str.maketrans("+/", "-_")
