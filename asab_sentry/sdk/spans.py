"""Spans of the installed version: transactions and their spans (2), or segments and spans (3), by the same functions.

`from .sdk.spans import spans`: the module of the version, of which both have the same names.
"""

from typing import TYPE_CHECKING

from .version import THREE

if TYPE_CHECKING or not THREE:
    from . import spans2 as spans
else:
    from . import spans3 as spans

__all__ = ["spans"]
