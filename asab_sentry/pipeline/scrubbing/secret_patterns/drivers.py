"""Credentials as drivers of databases have them, in forms of their own."""

from ....secret_keys.denylist import FILTERED
from .rule import Match, Rule, always, keep_prefix, replacing


def _left(match: Match) -> str:
    return f"{match[1]}{FILTERED}@" if match[2] else match[0]


JAAS = Rule(
    "LoginModule",
    always,
    replacing(r"(\buser_[\w.@-]{1,60}=\\*\")[^\"\\]+", keep_prefix),
    {
        'PlainLoginModule required user_joe="hunter2";': 'PlainLoginModule required user_joe="[Filtered]";',
        'PlainLoginModule required user="joe";': 'PlainLoginModule required user="joe";',
    },
)
"""Users of a server of Kafka or ZooKeeper."""

ORACLE = Rule(
    "jdbc:oracle:",
    always,
    # Where no @ follows, there is no password, nor one in what was passed over.
    replacing(r"(jdbc:oracle:\w{1,8}:[A-Za-z][\w$#]{0,30}/)[^\s\"'@]{4,}+(@)?", _left),
    {
        "jdbc:oracle:thin:app/hunter2@//db:1521/x": "jdbc:oracle:thin:app/[Filtered]@//db:1521/x",
        "jdbc:oracle:thin:@//db:1521/x": "jdbc:oracle:thin:@//db:1521/x",
    },
)
