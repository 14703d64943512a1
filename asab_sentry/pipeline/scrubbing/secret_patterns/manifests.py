"""Secrets of Kubernetes, whose values stand under any key: manifests, and what its clients show of them."""

from ....runtime.expressions import compile_later
from .extents import Extents
from .rule import Cleaned, Rule, keep_prefix

_kind = compile_later(r"(?:(?<![\w.-])|(?<=\\n))kind\\*[\"']?\s?[:=]\s?\\*[\"']?Secret\b|\bV1Secret\(|\bSecret\{")
_data = compile_later(
    r"(?:(?<![\w.-])|(?<=\\n))(?:[sS]tring_?[dD]ata|[dD]ata)\\*[\"']?\s?[:=][ \t]?"
    r"(?:\\*[\"']|map\[string\](?:string|\[\](?:byte|uint8))(?=\{))?(\{)?"
)
_block = compile_later(r"[ \t]*((?:(?:\r?\n|\\{1,16}+n)(?:[ \t]+(?:(?!\\{1,16}+n)[^\r\n])*)?)+)")
_value = compile_later(r"((?:\n|\\{1,16}+n)[ \t]+[\w.-]+:[ \t]+)(?!\[Filtered\])(?:(?!\\{1,16}+n)[^\r\n])+")
_filtered = compile_later(r"\{?\[Filtered\]\}?")


def may_hold(text: str) -> bool:
    """Return whether there may be a manifest of a secret in a text."""
    return "Secret" in text and "ata" in text and _kind.search(text) is not None


def clean(text: str) -> str:
    """Return a text without the values of the secrets of Kubernetes in it."""
    cleaned, extents = Cleaned(text), Extents(text)
    for data in cleaned.remaining(_data.finditer(text)):
        if data[1]:
            group = extents.group(data.start(1))
            if group is None:  # it is not closed
                cleaned.leave_out(data.end(), len(text))
            elif group.inner_start < group.inner_end and not _is_left_out(text, data.start(1)):
                cleaned.leave_out(group.inner_start, group.inner_end)
        elif (block := _block.match(text, data.end())) is not None:
            cleaned.replace(*block.span(1), _value.sub(keep_prefix, block[1]))
    return cleaned.text()


def _is_left_out(text: str, start: int) -> bool:
    return _filtered.match(text, start) is not None


EXAMPLES = {
    "kind: Secret\ndata:\n  db: aHVudGVyMg==\ntype: Opaque": "kind: Secret\ndata:\n  db: [Filtered]\ntype: Opaque",
    '{"kind":"Secret","data":{"db":"aHVudGVyMg=="}}': '{"kind":"Secret","data":{[Filtered]}}',
    "V1Secret(data={'db': 'aHVudGVyMg=='}, kind=None)": "V1Secret(data={[Filtered]}, kind=None)",
    "kind: ConfigMap\ndata:\n  db: shop": "kind: ConfigMap\ndata:\n  db: shop",
}
"""Texts and what is left of them."""

LISTED = Rule(
    "data",
    lambda text: "string_data" in text or ("'immutable'" in text and "binary_data" not in text),
    clean,
    {
        "{'data': {'db': 'aHVudGVyMg=='}, 'kind': None, 'string_data': None}": (
            "{'data': {[Filtered]}, 'kind': None, 'string_data': None}"
        ),
        "{'data': None, 'kind': None, 'string_data': None}": "{'data': None, 'kind': None, 'string_data': None}",
    },
)
"""Those that Kubernetes' client lists, which have no kind, by what only a secret has, and what a map does not have."""
