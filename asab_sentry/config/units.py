"""Times and sizes as ASAB writes them (`convert_to_seconds` and `convert_to_bytes` of `asab.utils`).

Written anew, as to import anything of ASAB gives the loggers of the whole process another class: a process that is no
application of ASAB is not to have that.
"""

import re

DAY = 86400

SECONDS = {
    "ms": 0.001,
    "y": 365 * DAY,
    "Y": 365 * DAY,
    "M": 31 * DAY,
    "w": 7 * DAY,
    "W": 7 * DAY,
    "d": DAY,
    "D": DAY,
    "h": 3600,
    "m": 60,
    "s": 1,
    "": 1,
}

BYTES = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "k": 10**3,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "": 1,
}


def seconds(text: str | float) -> float:
    """Return a time in seconds, of a number or a text as in `90`, `500ms`, `2s`, `1.5h`; raise ValueError."""
    if isinstance(text, int | float):
        return float(text)
    text = text.replace(" ", "")
    unit = "ms" if text.endswith("ms") else text[-1:] if text[-1:] in SECONDS else ""
    number = float(text.removesuffix(unit))
    return number / 1000.0 if unit == "ms" else number * SECONDS[unit]


def size(text: str) -> int:
    """Return a size in bytes, of a text as in `4096`, `500k`, `1.5 GB`; raise ValueError."""
    text = text.strip()
    if text.isdigit():
        return int(text)
    parts = re.fullmatch(r"([\d.]*)\s*(\S+)", text)
    if parts is None or parts[2] not in BYTES:
        raise ValueError(f"No size: {text!r}")
    try:
        return int(float(parts[1]) * BYTES[parts[2]])
    except OverflowError as error:
        raise ValueError("There is nothing of that size") from error
