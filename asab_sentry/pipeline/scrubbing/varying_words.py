"""What differs from message to message and is no secret by itself: numbers and ids that stand alone.

No rule of secrets by their shape looks for one, but where numbers stand side by side, as those of a card, and where an
id is the name of a secret, as `2fa` may be. So where no rule applies to a text, none does with others in their places.
"""

import re

PLACE = "0"
"""Stands where a number or an id was."""
SIDE_BY_SIDE = f"{PLACE} {PLACE}"

_ZEROS = bytes.maketrans(b"0123456789", b"0" * 10)

_number = re.compile(r"\d(?<![^ (]\d)\d{0,8}(?![^ ,.)])")
_part_of_number = re.compile(r"\A\d+\Z|[ (]\d|\d[ ,.)]").search
_id = re.compile(
    r"(?<![^ (='\"#\[])"
    # A UUID, or digits of a hexadecimal number, also behind a letter and a hyphen; more than nine of ten may be a card.
    r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|"
    r"(?:[a-z]-)?(?=[a-f]{0,31}\d)(?!\d{10,}(?![0-9a-f]))[0-9a-f]{1,64})"
    r"(?![^ ,.)'\"\]])"
)


def without_numbers(text: str) -> str:
    """Return a text with the same in place of each number that stands alone."""
    return _number.sub(PLACE, text)


def with_zeros(text: str) -> bytes:
    """Return a text in ASCII with a zero for each digit, in a fraction of the time that `without_numbers` takes."""
    return text.encode().translate(_ZEROS)


def has_other_digits(text: str) -> bool:
    """Return whether a text has digits that are no part of a number that stands alone."""
    return any(map(str.isdigit, _number.sub("", text)))


def may_share_number(text: str) -> bool:
    """Return whether a text may stand where it has a number that stands alone, or a part of one, in common."""
    return _part_of_number(text) is not None


def without_ids(text: str) -> str:
    """Return a text with the same in place of each id and number that stands alone, also in quotes or behind `=`."""
    return _id.sub(PLACE, text)
