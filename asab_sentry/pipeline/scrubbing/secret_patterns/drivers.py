"""Credentials as drivers of databases have them, in forms of their own."""

from .rule import Rule, after, always, replaced

ORACLE = Rule(
    "jdbc:oracle:",
    always,
    replaced(r"(jdbc:oracle:\w{1,8}:[A-Za-z][\w$#]{0,30}/)[^\s\"'@]{4,}(?=@)", after),
    {
        "jdbc:oracle:thin:app/hunter2@//db:1521/x": "jdbc:oracle:thin:app/[Filtered]@//db:1521/x",
        "jdbc:oracle:thin:@//db:1521/x": "jdbc:oracle:thin:@//db:1521/x",
    },
)
