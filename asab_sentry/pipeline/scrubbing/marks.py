"""What stands for the cleaning of a value by what is beside it, in the table of what cleans the value of a key."""

from typing import Any


def of_field(value: Any, depth: int) -> Any:
    """Stand for what cleans the value of a field, which depends on the name beside it."""
    raise NotImplementedError


def of_code(value: Any, depth: int) -> Any:
    """Stand for what cleans a code, which is a secret where it is what OAuth grants a token for."""
    raise NotImplementedError


def of_sure_field(value: Any, depth: int) -> Any:
    """Stand for what cleans the value of a field whose key others have, too."""
    raise NotImplementedError


def of_call(value: Any, depth: int) -> Any:
    """Stand for what cleans that which is given to a statement or a function, which depends on what is beside it."""
    raise NotImplementedError


def of_columns(value: Any, depth: int) -> Any:
    """Stand for what cleans the names of columns, on which it depends what cleans the rows beside them."""
    raise NotImplementedError


def of_kind(value: Any, depth: int) -> Any:
    """Stand for what cleans the kind of a manifest, on which it depends what cleans the values beside it."""
    raise NotImplementedError
