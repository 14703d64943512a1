"""What cleans the value of a key, wherever it stands."""

import math
import re
from collections.abc import Mapping
from typing import Any

from ...config.options import Options
from ...objects.json_values import CUT
from ...secret_keys import denylist
from ...secret_keys.denylist import FILTERED, Keys
from . import given_arguments, named_columns, named_values, request_data
from .marks import of_call, of_code, of_columns, of_field, of_kind, of_sure_field
from .secret_patterns import phones, urls
from .text_cleaner import Texts
from .walker import SOURCE, Clean, Table, Walk, as_dict, is_moment, text_of

MARGIN = 1000
"""A text that is too long is cleaned with so many characters more than are left of it."""

MOMENTS = frozenset({"timestamp", "start_timestamp"})
IDS = frozenset(
    {"event_id", "trace_id", "span_id", "parent_span_id", "check_in_id", "profiler_id", "sentry.segment.id"}
)

_fields: dict[str, Clean] = {
    **dict.fromkeys(named_values.VALUES, of_field),
    **dict.fromkeys(named_values.OTHERS, of_sure_field),
}
_hexadecimal = re.compile(r"[0-9a-f-]{16,36}", re.ASCII).fullmatch
_is_uuid = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII).fullmatch
_moment = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z", re.ASCII).fullmatch


class KeyRules(Walk):
    """A walk by these rules."""

    def __init__(self, options: Options, keys: Keys, texts: Texts) -> None:
        super().__init__(options, keys, texts)
        self._pii = options.send_default_pii
        self._with_phones = "phone" not in options.personal
        self._with_body = options.max_request_body_size != "never"
        self._headers = Table({}, self._header_rule)
        self._special: dict[str, Clean] = {
            **dict.fromkeys(IDS, self._id),
            **dict.fromkeys(MOMENTS, self._time),
            **dict.fromkeys(SOURCE, self._source),
            named_values.KIND: of_kind,
            named_values.KEY_TYPE: of_kind,
            **dict.fromkeys(named_columns.COLUMNS, of_columns),
            **dict.fromkeys(given_arguments.ARGUMENTS, of_call),
            **dict.fromkeys(given_arguments.LOGINS, self._login),
            **dict.fromkeys(named_values.GROUPS, self._group),
            named_values.CODE: of_code,
            "uuid": self._uuid,
            "netloc": self._netloc,
        }

    def _rule(self, key: str) -> Clean | None:
        weight = self._keys.weight(key)
        if weight:
            return self._unless_small if weight == denylist.MAYBE else self._blank
        if key in request_data.bodies and not self._with_body:
            return self._blank
        if key in self._special:
            return self._special[key]
        if key.lower() in _fields:
            return _fields[key.lower()]
        if not self._with_phones and phones.is_named(key):
            return self._phone
        return None if self._pii else self._personal_rule(key)

    def _personal_rule(self, key: str) -> Clean | None:
        if request_data.is_header(key):
            return self._blank
        if key in request_data.QUERIES:
            return self._query
        return self._of_headers if request_data.is_of_headers(key) else None

    def _unless_small(self, value: Any, depth: int) -> Any:
        return value if denylist.is_small(value) else self._blank(value, depth)

    def _phone(self, value: Any, depth: int) -> Any:
        return FILTERED if phones.is_number(value) else self.value(value, depth)

    def _login(self, value: Any, depth: int) -> Any:
        return self.value(given_arguments.without_password(value), depth)

    def _group(self, value: Any, depth: int) -> Any:
        return self.value(named_values.without_keys(value) if isinstance(value, dict) else value, depth)

    def _query(self, value: Any, depth: int) -> Any:
        query = self._beginning(value) if isinstance(value, str) else as_dict(value)
        return self.value(request_data.without_query(query), depth)

    def _of_headers(self, value: Any, depth: int) -> Any:
        if isinstance(value, (dict, Mapping)):
            return self.mapping(as_dict(value), depth, self._headers)
        return self.value(request_data.header_pairs(value), depth)

    def _header_rule(self, name: str) -> Clean | None:
        return self._rule(name) if request_data.is_harmless(name) else self._header

    def _header(self, value: Any, depth: int) -> Any:
        # sentry-sdk leaves some of them empty.
        return FILTERED if value == "" else self._blank(value, depth)

    def _id(self, value: Any, depth: int) -> Any:
        # One of digits only may seem a payment card.
        return value if type(value) is str and _hexadecimal(value) else self.value(value, depth)

    def _uuid(self, value: Any, depth: int) -> Any:
        return self._texts.identifier(value) if type(value) is str and _is_uuid(value) else self.value(value, depth)

    def _netloc(self, netloc: Any, depth: int) -> Any:
        return self.value(urls.without_credentials(netloc) if isinstance(netloc, str) else netloc, depth)

    def _time(self, value: Any, depth: int) -> Any:
        if type(value) is float and math.isfinite(value):
            return value
        if is_moment(value):
            return text_of(value)
        return value if type(value) is str and _moment(value) else self.value(value, depth)

    def _source(self, value: Any, depth: int) -> Any:
        if isinstance(value, (list, tuple)):
            return [self._source(line, depth - 1) for line in value]
        return self._texts.source(value) if type(value) is str else self.value(value, depth)

    def _beginning(self, text: str) -> str:
        """Return a text, or more of it than will be left: it is cut at the limit when it is clean."""
        return text if len(text) <= self._limit + MARGIN else text[: self._limit + MARGIN] + CUT
