"""Words in a text, by their rarest letters."""

from hypothesis import given
from hypothesis import strategies as st

from asab_sentry.secret_keys.denylist import NAMES, Keys
from asab_sentry.secret_keys.rarest_letters import ALONE, finder


def test_each_name_is_found() -> None:
    """Of each name of a secret a part is found in a text, whatever stands between its words."""
    find = Keys().find
    for name in NAMES:
        for between in ("", "_", "-", " ", "."):
            if between or len(name.split()) == 1 or not ALONE.intersection(name.split()):
                assert next(find(f"the {name.replace(' ', between)}=x"), None), name


@given(st.lists(st.text("abc", min_size=2, max_size=4), min_size=1, max_size=5), st.text("abc ", max_size=20))
def test_what_has_none_is_passed_over(names: list[str], text: str) -> None:
    """A text has a match exactly where it has one of the names."""
    assert (next(finder(names)(text), None) is not None) is any(name in text for name in names)
