"""Sentry's own normalizer as the judge of what is sent."""

from collections.abc import Iterator
from typing import Any

from sentry_relay.processing import StoreNormalizer


def complaints(event: dict[str, Any]) -> list[str]:
    """Return what Sentry's ingestion would find wrong with an event, or cut from it."""
    before = dict(_remarks(event.get("_meta") or {}))
    normalized = StoreNormalizer(project_id=1, enable_trimming=True, remove_other=True).normalize_event(event)
    found = [f"error: {error}" for error in normalized.get("errors") or ()]
    for path, remark in _remarks(normalized.get("_meta") or {}):
        if before.get(path) != remark and remark != {"rem": [["!config", "s"]]}:  # it recognizes [Filtered]
            found.append(f"{path}: {remark}")
    return found


def _remarks(meta: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in meta.items():
        if key == "":
            yield path, value
        elif isinstance(value, dict):
            yield from _remarks(value, f"{path}.{key}" if path else key)
