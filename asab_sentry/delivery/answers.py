"""What came back instead of success, in words that can be logged."""


def first_cause(error: BaseException) -> str:
    """Return the first cause of an error, which is short and the same each time."""
    seen = {id(error)}
    while True:
        inner = getattr(error, "reason", None)
        inner = inner if isinstance(inner, BaseException) else error.__cause__ or error.__context__
        if inner is None or id(inner) in seen:
            break
        seen.add(id(inner))
        error = inner
    return f"{type(error).__name__}: {error}"[:200]


def shown(body: bytes) -> str:
    """Return the beginning of an answer as it can be shown."""
    text = body[:200].decode("utf-8", "replace")
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
