"""How each side is started in an application for the rows of the whole road: with its defaults, with a live server."""

import importlib
import logging
import logging.handlers
from collections.abc import Callable
from typing import Any

import asab

Start = Callable[[Any, int], Callable[[], Any]]
"""Starts a side in an application against the server at a port; returns what waits until all is sent."""


def _bare(app: Any, port: int) -> Callable[[], Any]:  # noqa: ARG001  # others need them
    return lambda: None


def _sdk(app: Any, port: int) -> Callable[[], Any]:  # noqa: ARG001
    sentry_sdk = importlib.import_module("sentry_sdk")
    sentry_sdk.init(_dsn(port))
    return lambda: sentry_sdk.flush(60)


def _ours(app: Any, port: int) -> Callable[[], Any]:
    # The limits would keep back most of what is measured.
    off = {"issue_events": "off", "total_events": "off"}
    asab.Config.read_dict({"sentry": {"data_source_name": _dsn(port)}, "sentry:limits": off})
    importlib.import_module("asab_sentry").SentryService(app)
    return lambda: importlib.import_module("sentry_sdk").flush(60)


def _asab_sentry(app: Any, port: int) -> Callable[[], Any]:
    asab.Config.read_dict({"sentry": {"data_source_name": _dsn(port)}})
    importlib.import_module("asab.sentry").SentryService(app)
    return lambda: importlib.import_module("sentry_sdk").flush(60)


def _elastic(app: Any, port: int) -> Callable[[], Any]:  # noqa: ARG001
    elasticapm = importlib.import_module("elasticapm")
    handlers = importlib.import_module("elasticapm.handlers.logging")
    client = elasticapm.Client(service_name="bench", server_url=f"http://127.0.0.1:{port}", cloud_provider="none")
    elasticapm.instrument()
    logging.getLogger().addHandler(handlers.LoggingHandler(client, level=logging.ERROR))
    flush: Callable[[], Any] = client._transport.flush  # noqa: SLF001  # there is no other way to wait
    return flush


def _opentelemetry(app: Any, port: int) -> Callable[[], Any]:  # noqa: ARG001
    logs = importlib.import_module("opentelemetry.sdk._logs")
    export = importlib.import_module("opentelemetry.sdk._logs.export")
    exporter = importlib.import_module("opentelemetry.exporter.otlp.proto.http._log_exporter")
    provider = logs.LoggerProvider()
    sent = exporter.OTLPLogExporter(endpoint=f"http://127.0.0.1:{port}/v1/logs")
    provider.add_log_record_processor(export.BatchLogRecordProcessor(sent))
    logging.getLogger().addHandler(logs.LoggingHandler(level=logging.INFO, logger_provider=provider))
    return lambda: provider.force_flush(60_000)


STARTS: dict[str, Start] = {
    "bare": _bare,
    "sdk": _sdk,
    "ours": _ours,
    "asab.sentry": _asab_sentry,
    "elastic-apm": _elastic,
    "opentelemetry": _opentelemetry,
}


def start(name: str, app: Any, port: int) -> Callable[[], Any]:
    """Start a side; of all log handlers those that it has added are left."""
    root = logging.getLogger()
    root.handlers[:] = [logging.NullHandler()]
    flush = STARTS[name](app, port)
    root.setLevel(logging.INFO)
    return flush


def _dsn(port: int) -> str:
    return f"http://public@127.0.0.1:{port}/1"
