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
# A name of more than one word, as directives of servers have it, and a line as parsers of ini files show it.
_directive = compile_later(r"[a-z]+pw|require\w+|[A-Za-z]+(?:[_-][A-Za-z]+)+|(?:[A-Z][a-z]*|[a-z]+)(?:[A-Z][a-z]+)+")
_space = compile_later(r" (?=\S)")
_shown_line = compile_later(r"[ \t]+((?:(?!\\{1,4}n[\"'])[^\r\n]){4,})")
_IN_ERRORS = ("]: '", ']: "', "]: \\'")
_line_begins = compile_later(r"(?:\A|\n|\\n|[\"'])[ \t]*\Z")
_line_ends = compile_later(r",?\s{0,80}(?:\r?\n|\\{1,8}[rn]|\\*[\"']|\Z)")
# What goes on behind spaces, up to the next field or the end.
_further = compile_later(
    r"(?: [^\s,;:=()\[\]{}<>\"']{1,40}){1,6}(?=, [A-Za-z_]\w{0,40}(?: ?=|: )| [A-Za-z_]\w{0,40}:\S| ?[)\]}])"
)
# The same in a list of assignments.
_of_list = compile_later(r"(?: [^\s;=\"']{1,40}){1,6}(?=;)")
# The same in a line of a file of settings, behind which another one stands.
_of_line = compile_later(
    r"(?: [^\s;#=:\\]{1,40}){1,6}(?=[ \t]*(?:[#;][^\r\n\\]{0,200})?(?:\r?\n|(?:\\{1,8}r)?\\{1,8}n)"
    r"[\w.-]{1,60}[ \t]*[:=])"
)
_next_of_list = compile_later(r";[A-Za-z][A-Za-z ]{1,40}=")
_next_field = compile_later(r"[A-Za-z]\w{0,40}:(?=[^\s/])")
_fields_before = compile_later(r"(?:\w+:\S* )*")


def pair(scan: Scan, name: Name) -> Value | None:
    """Return the second of a pair, the first of which is a name: `{password, "x"}`, `s:8:"password";s:1:"x"`."""
    text, end = scan.text, name.end
    serialized = _serialized.match(text, end)
    if serialized is not None:
        return scan.extents.quoted(serialized.end())
    atom = _atom.match(text, end) if name.weight == denylist.SURE or name.text.endswith("pass") else None
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
    is_sure = name.weight == denylist.SURE
    before = text[max(start - 40, 0) : start]
    shown = _shown_line.match(text, name.end) if is_sure and before.endswith(_IN_ERRORS) else None
    if shown is not None:
        return Secret(*shown.span(1))
    aligned = _aligned.match(text, name.end) if is_sure else None
    if aligned is None and is_sure and _directive.fullmatch(name.text):
        aligned = _space.match(text, name.end)
    if aligned is None or _line_begins.search(before) is None:
        return None
    value = scan.extents.value(aligned.end(), before.rstrip(" "))
    is_alone = value is not None and _line_ends.match(text, value.end)
    return scan.judged(name, name.end, value, colon=True) if is_alone else None


def is_empty(text: str, name: Name, start: int) -> bool:
    """Return whether a field is empty, and the next one stands behind: `{Password: Port:5432}`, `Password=;Port=1`."""
    if text[start : start + 1] == ";":
        return text[name.start - 1 : name.start] == ";" and _next_of_list.match(text, start) is not None
    if text[start - 1] != " " or text[name.end : name.end + 1] != ":" or _next_field.match(text, start) is None:
        return False
    _, opening, before = text[max(name.start - 200, 0) : name.start].rpartition("{")
    return opening != "" and _fields_before.fullmatch(before) is not None


def end_of_words(text: str, name: Name, end: int) -> int | None:
    """Return where a password of several words ends that is a field of a record: `User(password=ab cd, port=1)`."""
    if text[end : end + 1] != " " or "pass" not in name.text.lower():
        return None
    before = text[max(name.start - 2, 0) : name.start]
    if before.endswith(";"):
        further = _of_list.match(text, end)
        return further.end() if further is not None else None
    if before[-1:] in {"", "\n"} or before == "\\n":
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
    "Server=db;Password=summer rain;Database=x": "Server=db;Password=[Filtered];Database=x",
    "[line  3]: 'password hunter\\n'": "[line  3]: 'password [Filtered]\\n'",
    "rootpw hunter\nport 1": "rootpw [Filtered]\nport 1",
    "db_password expired": "db_password expired",
    "Server=db;Password=;Database=x": "Server=db;Password=;Database=x",
    "CSRF token mismatch: expected 0f5a9c77ab, got 1f5a9c77ab": "CSRF token mismatch: expected [Filtered]",
    "User      joe\nPassword  hunter\n": "User      joe\nPassword  [Filtered]\n",
    "Password  expired\nName      joe": "Password  expired\nName      joe",
}
"""Texts and what is left of them."""
