"""Sentry's own grouping: lines of JSON with an event each come in, lines with what the server makes of it go out.

Runs in an environment of its own, with Python 3.8 and `sentry` 23.7.1, the last that the package index has.
"""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "sentry.conf.server"

import django
from django.conf import settings
from sentry.runner.initializer import bootstrap_options

CONFIG = "newstyle:2023-01-11"


def prepare():
    """Let Sentry's code be imported without a database, a cache and a configuration."""
    settings.SENTRY_CACHE = "sentry.cache.django.DjangoCache"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.SECRET_KEY = "none"
    bootstrap_options(settings, None)
    django.setup()


def judge(event):
    """Return hashes, culprit and frames of an event, as the server stores it."""
    from sentry.event_manager import get_culprit
    from sentry.eventstore.models import Event
    from sentry.grouping.api import get_default_grouping_config_dict, load_grouping_config
    from sentry_relay.processing import StoreNormalizer

    config = get_default_grouping_config_dict(CONFIG)
    data = StoreNormalizer(project_id=1, enable_trimming=True).normalize_event({"platform": "python", **event})
    stored = Event(project_id=1, event_id=data.get("event_id") or "0" * 32, data=data)
    stored.normalize_stacktraces_for_grouping(load_grouping_config(config))
    part = stored.data.get("exception") or stored.data.get("threads") or {}
    return {
        # An event belongs to an issue that knows one of them.
        "hashes": stored.get_hashes(config).hashes,
        "culprit": get_culprit(stored.data),
        "in_app": [
            "{} in {}".format(frame.get("module"), frame.get("function"))
            for value in part.get("values") or ()
            for frame in (value.get("stacktrace") or {}).get("frames") or ()
            if frame.get("in_app")
        ],
    }


if __name__ == "__main__":
    prepare()
    for line in sys.stdin:
        print(json.dumps(judge(json.loads(line))), flush=True)
