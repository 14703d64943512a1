"""Secrets in what other languages show of their records, where that is no assignment or ends otherwise than one."""

from ....runtime.expressions import compile_later
from ....secret_keys import denylist
from . import judge
from .extents import Value
from .names import Name
from .scan import Scan, Secret

_serialized = compile_later(r"\\*\";s:\d{1,6}:(?=\\*\")")  # by PHP
# Pairs of Erlang and Ruby.
_atom = compile_later(r"(?:\\*\">>)?,[ ]?(?:<<)?(?=\\*\")")
_atom_opens = compile_later(r"(?:\{|[{\[]:|<<\\*\")\Z")
_atom_closes = compile_later(r"(?:>>)?\s?[\]})]")
_keyword = compile_later(r" (\. )?(?=\\*\")")  # of Lisp
_aligned = compile_later(r"(?: {2,80}|\t)(?=\S)")
_line_begins = compile_later(r"(?:\A|\n|\\n|[\"'])[ \t]*\Z")
_line_ends = compile_later(r",?\s{0,80}(?:\r?\n|\\{1,8}[rn]|\\*[\"']|\Z)")
# What goes on behind spaces, up to the next field or the end.
_further = compile_later(
    r"(?: [^\s,;:=()\[\]{}<>\"']{1,40}){1,6}(?=, [A-Za-z_]\w{0,40}(?: ?=|: )| [A-Za-z_]\w{0,40}:\S| ?[)\]}])"
)
# The same in a line of a file of settings, behind which another one stands.
_of_line = compile_later(r"(?: [^\s;#=:]{1,40}){1,6}(?=[ \t]*(?:[#;][^\r\n]{0,200})?\r?\n[\w.-]{1,60}[ \t]*[:=])")
_next_field = compile_later(r"[A-Za-z]\w{0,40}:(?=[^\s/])")
_fields_before = compile_later(r"(?:\w+:\S* )*")


def pair(scan: Scan, name: Name) -> Value | None:
    """Return the second of a pair, the first of which is a name: `{password, "x"}`, `s:8:"password";s:1:"x"`."""
    text, end = scan.text, name.end
    serialized = _serialized.match(text, end)
    if serialized is not None:
        return scan.extents.quoted(serialized.end())
    atom = _atom.match(text, end) if name.weight == denylist.SURE else None
    if atom is None or _atom_opens.search(text, max(name.start - 8, 0), name.start) is None:
        return None
    value = scan.extents.quoted(atom.end())
    is_pair = value is not None and _atom_closes.match(text, value.end) and not judge.is_of_state(name.text)
    return value if is_pair else None


def listed(scan: Scan, name: Name) -> Secret | None:
    """Return the value of a keyword of Lisp, or what stands alone in the second column behind a name in the first."""
    text, start = scan.text, name.start
    keyword = _keyword.match(text, name.end)
    if keyword is not None and (
        text[start - 1 : start] == "(" if keyword[1] else text[max(start - 2, 0) : start] in {"{:", "(:", " :", "\n:"}
    ):
        return scan.judged(name, name.end, scan.extents.quoted(keyword.end()), colon=True)
    aligned = _aligned.match(text, name.end) if name.weight == denylist.SURE else None
    before = text[max(start - 40, 0) : start]
    if aligned is None or _line_begins.search(before) is None:
        return None
    value = scan.extents.value(aligned.end(), before.rstrip(" "))
    is_alone = value is not None and _line_ends.match(text, value.end)
    return scan.judged(name, name.end, value, colon=True) if is_alone else None


def is_empty(text: str, name: Name, start: int) -> bool:
    """Return whether a field of a struct of Go is empty, and the next one stands behind: `{Password: Port:5432}`."""
    if text[start - 1] != " " or _next_field.match(text, start) is None:
        return False
    _, opening, before = text[max(name.start - 200, 0) : name.start].rpartition("{")
    return opening != "" and _fields_before.fullmatch(before) is not None


def end_of_words(text: str, name: Name, end: int) -> int | None:
    """Return where a password of several words ends that is a field of a record: `User(password=ab cd, port=1)`."""
    if text[end : end + 1] != " " or "pass" not in name.text.lower():
        return None
    before = text[max(name.start - 2, 0) : name.start]
    if before[-1:] in {"", "\n"}:
        further = _of_line.match(text, end)
        return further.end() if further is not None and judge.are_no_sentence(further[0]) else None
    if not before.endswith(("{", "(", "[", ", ", "{ ")) and text[name.end : name.end + 2].strip() == ":":
        return None
    further = _further.match(text, end)
    return further.end() if further is not None and judge.are_no_sentence(further[0]) else None


EXAMPLES = {
    "{Host:db Password:summer rain Port:5432}": "{Host:db Password:[Filtered] Port:5432}",
    "User(name=joe, password=summer rain, age=3)": "User(name=joe, password=[Filtered], age=3)",
    "{Host:db Password: Port:5432}": "{Host:db Password: Port:5432}",
    "[{Name:DB_PASSWORD Value:hunter} {Name:HOST Value:db}]": (
        "[{Name:DB_PASSWORD Value:[Filtered]} {Name:HOST Value:db}]"
    ),
    '["password":protected]=>\n  string(6) "hunter"': '["password":protected]=>\n  string(6) "[Filtered]"',
    's:8:"password";s:6:"hunter";': 's:8:"password";s:6:"[Filtered]";',
    '[{user,"joe"},{password,<<"hunter">>}]': '[{user,"joe"},{password,<<"[Filtered]">>}]',
    '[[:user, "joe"], [:password, "hunter"]]': '[[:user, "joe"], [:password, "[Filtered]"]]',
    '{:user "joe" :password "hunter"}': '{:user "joe" :password "[Filtered]"}',
    'Config {password = Just "hunter"}': 'Config {password = Just "[Filtered]"}',
    "password=Optional[hunter]": "password=[Filtered]]",
    "token: Optional[str], password=Optional.empty": "token: Optional[str], password=Optional.empty",
    "User      joe\nPassword  hunter\n": "User      joe\nPassword  [Filtered]\n",
    "Password  expired\nName      joe": "Password  expired\nName      joe",
}
"""Texts and what is left of them."""
