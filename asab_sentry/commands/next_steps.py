"""What to do when the server has not accepted an event, for each reason."""

import sentry_sdk.utils

from ..config.options import Options

STEPS = {
    "key": "The key was revoked or belongs to another project: compare the DSN with the project's Settings, Client "
    "Keys",
    "project": "{host} has no project {project}, or the key is that of another one: copy the DSN anew from the "
    "project's Settings, Client Keys",
    "quota": "The quota, a limit of the key or spike protection: look at Stats, and at the key under Settings, Client "
    "Keys; what a service captures meanwhile is kept and sent later",
    "size": "Look at what before_send and event processors add; a server takes about 1 MB",
    "content": "Look at what before_send makes of events, and whether {host} is a server of Sentry's protocol",
    "answer": "Open {url} in a browser: a login page, a portal, a gateway or another web server stands there; "
    "the DSN has to name the server itself, with http or https as it listens",
    "redirect": "Open {url} in a browser: the server has another address by now, or https, which the DSN has to name",
    "unreachable": "Ask `asab-sentry check` for the connection: DNS, firewall, proxy ([sentry] https_proxy) and "
    "certificates ([sentry] ca_certs); where there is one, the server or a gateway before it is out of order",
    "not sent": "Look at sample_rate, error_sampler and the hooks of [sentry]",
}
"""By the reasons of `test_event.EXIT_CODES`."""


def step(reason: str | None, options: Options) -> str | None:
    """Return what to do next, in one sentence; None where the event was accepted."""
    if reason is None or reason not in STEPS:
        return None
    dsn = sentry_sdk.utils.Dsn(options.dsn)
    return STEPS[reason].format(host=dsn.host, project=dsn.project_id, url=f"{dsn.scheme}://{dsn.netloc}{dsn.path}")
