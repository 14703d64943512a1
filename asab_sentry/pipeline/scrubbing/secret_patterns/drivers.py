"""Credentials as drivers of databases have them, in forms of their own."""

from .rule import Rule, always, keep_prefix, replacing

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
    replacing(r"(jdbc:oracle:\w{1,8}:[A-Za-z][\w$#]{0,30}/)[^\s\"'@]{4,}(?=@)", keep_prefix),
    {
        "jdbc:oracle:thin:app/hunter2@//db:1521/x": "jdbc:oracle:thin:app/[Filtered]@//db:1521/x",
        "jdbc:oracle:thin:@//db:1521/x": "jdbc:oracle:thin:@//db:1521/x",
    },
)
