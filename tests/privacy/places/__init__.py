"""Places in what is sent: each puts values where an application, its requests or its libraries would put them."""

from . import failures, parts, records, units
from .registry import PLACES, Place, Put, Values, chunks, mark, put
from .requests import NAMED_PLACES, WEB

__all__ = [
    "NAMED_PLACES",
    "PLACES",
    "WEB",
    "Place",
    "Put",
    "Values",
    "chunks",
    "failures",
    "mark",
    "parts",
    "put",
    "records",
    "units",
]
