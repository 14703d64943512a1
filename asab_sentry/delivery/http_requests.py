"""sentry-sdk's HTTP transport, of which the requests are left: to one server, once, with a deadline for each answer."""

import codecs
import gzip
import logging
from typing import Any

import urllib3
from sentry_sdk.consts import EndpointType
from sentry_sdk.transport import HttpTransport
from sentry_sdk.utils import Dsn

from ..config import proxies
from ..runtime import requests
from ..runtime.diagnostics import say
from . import connections, drain
from .connections import Response
from .counts import Counting, Counts
from .repeated_requests import repeat

COMPRESSION = 1
"""A fifth of the time of 6 for an event of 40 kB (75 of 358 us), and a tenth more bytes; 3 has 3 % less than this."""

ONE_ATTEMPT = urllib3.Retry(0, redirect=False, raise_on_redirect=False)
"""An attempt that is repeated at once fails again, and urllib3 warns of each on the console."""


class HttpRequests(Counting, HttpTransport):
    """Requests to the server of the DSN, by the names that sentry-sdk's transport has for what they are made of."""

    TIMEOUT = 10
    """Seconds for connecting, for sending, and for an answer as a whole. sentry-sdk gives it to urllib3."""

    def __init__(self, options: dict[str, Any], counts: Counts | None = None) -> None:
        super().__init__(options, counts)
        self._is_copy = False
        self._repeated: urllib3.HTTPConnectionPool | None = None
        """The connections to the server, of which some may have made a request before."""

    @property
    def parsed_dsn(self) -> Dsn | None:
        """The DSN; its host is as in a URL, where sentry-sdk takes an address of IPv6 out of its brackets."""
        return self._dsn

    @parsed_dsn.setter
    def parsed_dsn(self, dsn: Dsn | None) -> None:
        if dsn is not None and ":" in dsn.host:
            dsn.host = f"[{dsn.host}]"
        self._dsn = dsn

    def leave_connections(self) -> None:
        """Make new connections from now on: after `fork` these are the parent's."""
        self._is_copy = True

    def request(self, content: bytes) -> Response:
        """Send an envelope and return the answer; raises what urllib3 does.

        Connecting takes `TIMEOUT` seconds at most, so does sending, and so does the answer as a whole.
        """
        headers = {"Content-Type": "application/x-sentry-envelope", "Content-Encoding": "gzip"}
        self._update_headers(headers)
        if self._is_copy:
            self._pool, self._repeated, self._is_copy = self._make_pool(), None, False
        with requests.own():
            return self._ask(gzip.compress(content, COMPRESSION), headers)

    def _ask(self, body: bytes, headers: dict[str, str]) -> Response:
        url = self._auth.get_api_url(EndpointType.ENVELOPE)
        pool = self._repeated
        if pool is None or pool.pool is None:  # urllib3 has closed it
            pool = self._repeated = self._pool.connection_from_url(url)
        response = repeat(pool, body, self.TIMEOUT)
        if response is not None:
            return response
        # As sentry-sdk does it, but that the answer is not read.
        return connections.read(self._pool.request("POST", url, body=body, headers=headers, **connections.UNREAD))

    def _get_pool_options(self) -> dict[str, Any]:
        return {**super()._get_pool_options(), "retries": ONE_ATTEMPT, "maxsize": drain.CONNECTIONS}

    def _make_pool(self) -> Any:
        options, dsn = self.options, self.parsed_dsn
        proxy = None
        if dsn is not None:
            proxy = proxies.chosen(options["https_proxy"], options["http_proxy"], dsn.scheme, dsn.netloc)
            fault = proxies.fault_of(proxy)
            if fault is not None:
                say(logging.WARNING, f"{fault}; events are sent without it")
                proxy = None
        # With an empty one none of the environment is taken, of which one that cannot be used would be the end of all.
        self.options = {**options, "https_proxy": proxy or "", "http_proxy": proxy or ""}
        try:
            pool = super()._make_pool()
        finally:
            self.options = options
        return connections.bounded(connections.logged_in(pool))


# A connection looks this up. The first time that is an import, and a fork meanwhile leaves its lock held in the child.
codecs.lookup("idna")
