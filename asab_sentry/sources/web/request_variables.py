"""Which local variables of ASAB's web server, and of the handlers that it calls, hold a request."""

from ...pipeline.scrubbing import request_data
from .. import code_lines

MODULES = frozenset({"asab.web.rest.json"})
"""Modules in whose frames local variables are headers and body of a request, of which the event tells elsewhere."""

BODY = "json_data"
"""How ASAB's `json_schema_handler` calls the body of a request, and handlers after it."""


def install() -> None:
    """Tell those who describe frames and who clean events. It is so as long as the process lives."""
    code_lines.leave_out_variables(MODULES)
    request_data.bodies.add(BODY)
