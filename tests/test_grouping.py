"""Which issue an event is."""

import importlib.util
import json
import linecache
import logging
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

from asab_sentry.config import fingerprint_rules
from asab_sentry.pipeline import call_sites, grouping, message_sources
from asab_sentry.pipeline.grouping import Grouping, of_fingerprint
from asab_sentry.pipeline.literals import literal
from asab_sentry.pipeline.skeleton import MAX_TEXT, skeleton
from asab_sentry.runtime import in_app

STATEMENTS = Path(__file__).parent / "grouping" / "statements.txt"
"""Source of functions that log, each with one argument."""


@pytest.fixture(autouse=True)
def application(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The application is what is in the directory of the test."""
    main = ModuleType("__main__")
    main.__file__ = str(tmp_path / "service.py")
    monkeypatch.setitem(sys.modules, "__main__", main)
    in_app.use(in_app.Application())
    yield
    in_app.use(in_app.Application())


class Heard(logging.Handler):
    """Names each record as it is made."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[tuple[str, ...]] = []

    def emit(self, record: logging.LogRecord) -> None:
        frame = sys._getframe()
        while frame.f_globals["__name__"] != "orders":
            frame = frame.f_back
        template = record.msg if record.args else None
        issue = Grouping().of_message(record.name, record.getMessage, frame, template)
        assert issue.fingerprint == issue.name
        self.names.append(issue.name)


def load(folder: Path, name: str, source: str) -> ModuleType:
    """Return a module of the given source, in a file of its own."""
    file = folder / f"{name}.py"
    file.write_text(dedent(source))
    linecache.checkcache(str(file))
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def named(tmp_path: Path) -> Iterator:
    """Runs `main()` of a source with a logger `L`; returns the names of what it has logged."""
    logger, heard = logging.getLogger("shop"), Heard()
    logger.addHandler(heard)
    logger.propagate = False

    def run(source: str, folder: Path = tmp_path, **namespace) -> list[tuple[str, ...]]:
        heard.names.clear()
        module = load(folder, "orders", source)
        vars(module).update(L=logger, **namespace)
        module.main()
        return list(heard.names)

    yield run
    logger.removeHandler(heard)
    logger.propagate = True


WAYS = {
    "a literal": ('L.error("The warehouse is on fire")', "The warehouse is on fire"),
    "str.format": ('L.error("No node {} at {}".format(i, host))', "No node {} at {}"),
    "a format with names": ('L.error("No node {n:>5} at {h!r}".format(n=i, h=host))', "No node {n:>5} at {h!r}"),
    "an f-string": ('L.error(f"No node {i} at {host}")', "No node {} at {}"),
    "an f-string with text first": ('L.error(f"{host} is away")', "{} is away"),
    "percent": ('L.error("No node %d at %s" % (i, host))', "No node %d at %s"),
    "arguments": ('L.error("No node %d at %s", i, host)', "No node %d at %s"),
    "a sum": ('L.error("No node at " + host)', "No node at {}"),
    "several lines": (
        'L.error(\n        "No node {} "\n        "at {}".format(\n            i, host))',
        "No node {} at {}",
    ),
    "level and text": ('L.log(40, "No node {}".format(i))', "No node {}"),
    "either of two": ('L.error("No node {}".format(i) if i else "None at all")', "No node {}"),
    "a text of before": ('text = "No node {} at {}".format(i, host)\n    L.error(text)', "No node {} at {}"),
    "an f-string of before": ('text = f"No node {i} at {host}"\n    L.error(text)', "No node {} at {}"),
    "a text of before with more": (
        'text: str = f"No node {i}"\n    text += f" at {host}"\n    L.error(text)',
        "No node {} at {}",
    ),
    "a text that is named": ('L.error(text := f"No node {i} at {host}")', "No node {} at {}"),
    "parts": ('L.error(" ".join(["No node", str(i), "at", host]))', "No node {} at {}"),
    "a template of string": (
        'L.error(string.Template("No node $i at ${host}").substitute(i=i, host=host))',
        "No node $i at ${host}",
    ),
    "a template of string of before": (
        'text = string.Template("No node $i at ${host}")\n    L.error(text.safe_substitute(i=i, host=host))',
        "No node $i at ${host}",
    ),
    "format_map": ('L.error("No node {i} at {h}".format_map({"i": i, "h": host}))', "No node {i} at {h}"),
    "dedent": (
        'L.error(textwrap.dedent(f"""\\\n      No node {i}\n        at {host}\n    """))',
        "No node {}\n  at {}\n",
    ),
    "dedent and format": (
        'L.error(textwrap.dedent("""\n      No node {}\n      at {}""").strip().format(i, host))',
        "No node {}\nat {}",
    ),
    "cleandoc": ('L.error(inspect.cleandoc(f"""\n      No node {i}\n      at {host}"""))', "No node {}\nat {}"),
    "strip": ('L.error(f"  No node {i} at {host}\\n".strip())', "No node {} at {}"),
    "upper": ('L.error(f"No node {i}".upper())', "NO NODE {}"),
    "replace": ('L.error("No node at HOST".replace("HOST", host))', "No node at {}"),
    "either of two in a sum": ('L.error("No node at " + host + ("." if i else "!"))', "No node at {}."),
    "a text that is named in a condition": (
        'if text := f"No node {i} at {host}":\n        L.error(text)',
        "No node {} at {}",
    ),
    "a text of a list": (
        'errors = []\n    errors.append(f"No node {i} at {host}")\n    for error in errors:\n        L.error(error)',
        "No node {} at {}",
    ),
    "a text of a comprehension": (
        'for error in [f"No node {i} at {host}"]:\n        L.error(error)',
        "No node {} at {}",
    ),
    "a text that a function returns": (
        'L.error(explain(i, host))\n\n\ndef explain(i, host):\n    return f"No node {i} at {host}"',
        "No node {} at {}",
    ),
    "texts that a function returns": (
        (
            "for text in explain(i, host):\n        L.error(text)\n\n\ndef explain(i, host):\n    texts = []\n"
            '    texts.append(f"No node {i} at {host}")\n    return texts'
        ),
        "No node {} at {}",
    ),
    "texts that a function yields": (
        (
            "for text in explain(i, host):\n        L.error(text)\n\n\ndef explain(i, host):\n"
            '    yield f"No node {i} at {host}"'
        ),
        "No node {} at {}",
    ),
    "an f-string of a text of before": (
        'text = f"No node {i} at {host}"\n    L.error(f"{text}")',
        "No node {} at {}",
    ),
    "an f-string of several texts of before": (
        'text = f"No node {i} at {host}"\n    L.error(f"{host}: {text}")',
        "No node {} at {}",
    ),
    "a text of before as argument": ('text = f"No node {i} at {host}"\n    L.error("%s", text)', "No node {} at {}"),
    "str of a text of before": ('text = f"No node {i} at {host}"\n    L.error(str(text).strip())', "No node {} at {}"),
    "an item": ('answer = {"error": f"No node {i} at {host}"}\n    L.error(answer["error"])', "No node {} at {}"),
    "an attribute": (
        'answer = types.SimpleNamespace(error=f"No node {i} at {host}")\n    L.error(answer.error)',
        "No node {} at {}",
    ),
    "a text that is cut": ('L.error(f"No node {i} at {host}"[:10])', "No node {}"),
    "one of several that are assigned": (
        'is_there, text = False, f"No node {i} at {host}"\n    L.error(text)',
        "No node {} at {}",
    ),
    "one of several that a function returns": (
        (
            "is_there, text = check(i, host)\n    L.error(text)\n\n\ndef check(i, host):\n"
            '    return False, f"No node {i} at {host}"'
        ),
        "No node {} at {}",
    ),
    "an item of several that a function returns": (
        'L.error(check(i, host)[1])\n\n\ndef check(i, host):\n    return False, f"No node {i} at {host}"',
        "No node {} at {}",
    ),
    "an attribute of what a function returns": (
        (
            "L.error(check(i, host).text)\n\n\nclass Result:\n    def __init__(self, is_there, text):\n"
            '        self.text = text\n\n\ndef check(i, host):\n    return Result(False, f"No node {i} at {host}")'
        ),
        "No node {} at {}",
    ),
    "texts that are joined": (
        'texts = [f"No node {i} at {host}", f"no {host}"]\n    L.error("; ".join(texts))',
        "No node {} at {}",
    ),
    "what is called later": ('functools.partial(L.error, f"No node {i} at {host}")()', "No node {} at {}"),
    "two on a line": ('L.error("No node {}".format(i)); L.debug("nothing")', "No node {}"),
    "a bracket": ('L.error("Lost {{node}} {}".format(i))', "Lost {{node}} {}"),
    "per cent": ('L.error("100% of {} is gone".format(host))', "100% of {} is gone"),
    "other letters": ('L.error("Узел {} не отвечает".format(i))', "Узел {} не отвечает"),
    "something before": ('print("ÄÖ", end=""); L.error("No node {}".format(i))', "No node {}"),
}


@pytest.mark.parametrize("way", WAYS)
def test_literal(named, way: str) -> None:
    """A message is known by the text that the line has as a literal, however the values come into it."""
    statement, text = WAYS[way]
    source = (
        "import functools, inspect, string, textwrap, types\n\n"
        f"def fails(i, host):\n    {statement}\n\ndef main():\n    fails(1, 'a.example')\n    fails(2, 'b')\n"
    )
    names = named(source)
    assert names == [("shop", "orders", "fails", text)] * 2
    assert named("\n\n# shifted\n" + source) == names


OWN_TEXTS = """
    class Shelf:
        LOST = "Tenant {} has no shelf"
        OLD = "Tenant %s has no box"

        def __init__(self):
            self.sold = "Tenant {} is sold"

        def name(self, tenant):
            return f"Tenant {tenant} has no name"

        def fails(self, tenant):
            L.error(self.LOST.format(tenant))
            L.error(self.OLD % tenant)
            L.error(self.sold.format(tenant))
            L.error(self.name(tenant))

        @classmethod
        def fails_all(cls, tenant):
            L.error(cls.LOST.format(tenant))


    def main():
        for tenant in ("acme", "globex"):
            Shelf().fails(tenant)
            Shelf.fails_all(tenant)
"""


def test_texts_of_a_class(named) -> None:
    """A text that an object, its class or one of its methods has is the source of a message that is made of it."""
    texts = [name[-1] for name in named(OWN_TEXTS)]
    assert texts[:5] == texts[5:]
    assert texts[:5] == [
        "Tenant {} has no shelf",
        "Tenant %s has no box",
        "Tenant {} is sold",
        "Tenant {} has no name",
        "Tenant {} has no shelf",
    ]


ODD = """
    class Odd(type):
        @property
        def __dict__(cls):
            raise RuntimeError("no dict")

        def mro(cls):
            return type.mro(cls)


    class Shelf(metaclass=Odd):
        LOST = "Tenant {} has no shelf"

        def __getattribute__(self, name):
            if name == "LOST":
                return object.__getattribute__(self, name)
            raise RuntimeError(name)

        def fails(self, tenant):
            L.error(self.LOST.format(tenant))


    def main():
        for tenant in ("acme", "globex"):
            Shelf.fails(object.__new__(Shelf), tenant)
"""


def test_texts_of_odd_classes(named) -> None:
    """An object is not asked for its texts, whatever it would do."""
    assert [name[-1] for name in named(ODD)] == ["Tenant {} has no shelf"] * 2


TRANSLATED = """
    GERMAN = {"No tenant {}": "Kein Mandant {}", "No node %s": "Kein Knoten %s"}


    def fails(_):
        L.error(_("No tenant {}").format("acme"))
        L.error(_("No node %s"), "a")


    def main():
        fails(str)
        fails(lambda text: GERMAN[text])
"""


def test_translated(named) -> None:
    """A message that is shown in another language is one issue with that of the source."""
    names = named(TRANSLATED)
    assert [name[-1] for name in names] == ["No tenant {}", "No node %s"] * 2


def test_constants_of_the_module(named) -> None:
    """A text of the module, or of a table in it, into which something is put, names what was made of it."""
    names = named("""
        import string

        LOST = "Order {} is lost"
        LATE = "Order %s is late"
        TEXTS = {"gone": "Order {order} is gone", "here": "Order {order} is here", "odd": 5}
        PAID = string.Template("Order $order is paid")

        class Texts:
            SENT = "Order {} is sent"

        def fails(name, kind):
            L.error(LOST.format(name))
            L.error(LATE % name)
            L.error(PAID.substitute(order=name))
            L.error(Texts.SENT.format(name))
            L.error(TEXTS.get(kind).format(order=name))
            L.error(TEXTS[kind].format(order=name))

        def main():
            fails("north", "gone")
            fails("south", "here")
    """)
    texts = ["Order {} is lost", "Order %s is late", "Order $order is paid", "Order {} is sent"]
    gone, here = ["Order {order} is gone"] * 2, ["Order {order} is here"] * 2
    assert names == [("shop", "orders", "fails", text) for text in (*texts, *gone, *texts, *here)]


def test_adapters(named) -> None:
    """What an adapter puts before a message makes no other issue of it, nor one issue of several."""
    names = named("""
        import logging

        class Adapter(logging.LoggerAdapter):
            def process(self, message, kwargs):
                return f"[{self.extra['tenant']}] {message}", kwargs

        def fails(tenant, order):
            adapted = Adapter(L, {"tenant": tenant})
            adapted.error("The warehouse is on fire")
            adapted.error("The order %s is lost", order)
            adapted.error(f"The order {order} is late")

        def main():
            fails("north", 1)
            fails("south", 2)
    """)
    texts = ["The warehouse is on fire", "The order %s is lost", "The order {} is late"]
    assert names == [("shop", "orders", "fails", text) for text in texts] * 2


def test_same_text_elsewhere(named) -> None:
    """The same text of two functions is two issues; of two lines of one function it is one."""
    names = named("""
        def one():
            L.error("Lost")

        def two():
            L.error("Lost")
            L.error("Lost")
            L.error("Found")

        def main():
            one(), two()
    """)
    assert names == [
        ("shop", "orders", "one", "Lost"),
        ("shop", "orders", "two", "Lost"),
        ("shop", "orders", "two", "Lost"),
        ("shop", "orders", "two", "Found"),
    ]


HELPERS = {
    "a function": "def fail(text):\n    L.error(text)\n",
    "a function that decorates": "def fail(text):\n    L.error('[{}] {}'.format('shop', text))\n",
    "functions of functions": (
        "def inner(message):\n    L.error(message)\ndef fail(text, *more):\n    inner(text.strip())\n"
    ),
    "any arguments": "def fail(*args, **kwargs):\n    L.error(*args, **kwargs)\n",
    "a method": (
        "class Helper:\n    def render(self, text):\n        return text\n"
        "    def fail(self, text):\n        made = self.render(text)\n        L.error(made)\nfail = Helper().fail\n"
    ),
}


@pytest.mark.parametrize("helper", HELPERS)
def test_helper(named, helper: str) -> None:
    """A message that is handed in is known by the line that has it, not by the helper that logs it."""
    names = named(
        HELPERS[helper]
        + dedent("""
            def ship(i):
                fail("Order {} is lost".format(i))

            def bill(i):
                fail(f"No account of customer {i}")
                fail("Boom")

            def main():
                ship(1), bill(1), ship(2), bill(2)
        """)
    )
    shipped, billed = ("shop", "orders", "ship", "Order {} is lost"), ("shop", "orders", "bill")
    assert names == [shipped, (*billed, "No account of customer {}"), (*billed, "Boom")] * 2


def test_text_of_an_object(named) -> None:
    """A message is known by the line that has handed its text to the object which logs it, alone or in a list."""
    names = named("""
        class Problem:
            def __init__(self, texts):
                self.texts = texts

            def log(self):
                for text in self.texts:
                    L.error(text)

        class Trouble(Problem):
            def __init__(self, text):
                self.texts = [text]

        def ship(i):
            Problem([f"Order {i} is lost"]).log()

        def bill(i):
            Trouble(f"Bill {i} is lost").log()

        def main():
            ship("a"), bill("a"), ship("b"), bill("b")
    """)
    assert names == [("shop", "orders", "ship", "Order {} is lost"), ("shop", "orders", "bill", "Bill {} is lost")] * 2


def test_text_of_a_loop_over_a_table(named) -> None:
    """A message is known by the template that a table of the module has, also where a loop finds it."""
    names = named("""
        TEXTS = [("a", "cannot read {}"), ("b", "cannot write {}")]
        CATALOG = {"stock": {"low": "stock of {} is low"}}
        FILLED = ["order 17 is late"]

        def main():
            for path in ("x", "/y"):
                for kind, text in TEXTS:
                    L.error(text.format(path))
                L.error(dict(TEXTS)["a"].format(path))
                L.error(CATALOG["stock"]["low"].format(path))
                L.error({"c": "cannot open %s"}["c"] % path)
            for text in FILLED:
                L.error(text)
    """)
    assert [name[-1] for name in names] == [
        *("cannot read {}", "cannot write {}", "cannot read {}", "stock of {} is low", "cannot open %s") * 2,
        "order * is late",
    ]


def test_text_of_a_class(named) -> None:
    """So it is by the text that a method, a property or `__str__` of an object in a variable returns."""
    names = named("""
        import functools

        class Job:
            GONE = "job {} is gone"

            def __init__(self, id):
                self.id = id

            def __str__(self):
                return f"job {self.id} of the night"

            @property
            def gone(self):
                return self.GONE.format(self.id)

            @functools.cached_property
            def odd(self):
                return f"job {self.id} is odd"

            def lines(self):
                yield f"job {self.id} has no owner"

            def warn(self):
                L.error(str(self))

        @functools.cache
        def stuck(job):
            return f"job {job} is stuck"

        def main():
            for id in ("x", "y"):
                job = Job(id)
                job.warn()
                L.error(job.gone)
                L.error(Job(id).gone)
                L.error(job.odd)
                L.error(stuck(id))
                for line in Job(id).lines():
                    L.error(line)
    """)
    texts = ["job {} of the night", "job {} is gone", "job {} is gone", "job {} is odd"]
    texts += ["job {} is stuck", "job {} has no owner"]
    assert [name[-1] for name in names] == texts * 2


def test_text_of_each_class(named) -> None:
    """A method of several classes has the text of each."""
    names = named("""
        class Store:
            FULL = "store {} is full"

            def __init__(self, id):
                self.id = id

            def fail(self):
                L.error(self.FULL.format(self.id))

        class Shelf(Store):
            FULL = "shelf {} has no room"

        def main():
            for id in ("x", "y"):
                Store(id).fail()
                Shelf(id).fail()
    """)
    assert [name[-1] for name in names] == ["store {} is full", "shelf {} has no room"] * 2


def test_text_for_later(named) -> None:
    """A message is known by the text of its function that was handed on, and by variables that are put together."""
    names = named("""
        import contextlib

        def leave(order):
            with contextlib.ExitStack() as stack:
                stack.callback(L.error, f"order {order} at the end")

        def main():
            for order in ("x", "y"):
                leave(order)
                head = f"Order {order}: "
                for tail in ("no price", "no stock"):
                    L.error(head + tail)
    """)
    texts = ["order {} at the end", "Order {}: no price", "Order {}: no stock"]
    assert [name[-1] for name in names] == texts * 2


def test_statements(tmp_path: Path) -> None:
    """Each statement of a corpus of oddly written ones is an issue of its own, whatever is put into its text."""
    logger, heard = logging.getLogger("shop"), Heard()
    logger.addHandler(heard)
    logger.propagate = False
    try:
        module = load(tmp_path, "orders", STATEMENTS.read_text("utf-8"))
        module.L = logger
        issues: dict[tuple, str] = {}
        for number in range(1, len(re.findall("^def statement_", STATEMENTS.read_text("utf-8"), re.MULTILINE)) + 1):
            name, seen = f"statement_{number}", set()
            for value in (17, 4711, "abc", "xyz-9"):
                heard.names.clear()
                getattr(module, name)(value)
                seen.add(tuple(heard.names))
            (names,) = seen
            assert names
            for issue in names:
                assert issues.setdefault(issue, name) == name
    finally:
        logger.removeHandler(heard)
        logger.propagate = True


def test_text_of_an_exception(named) -> None:
    """The text of an exception that is being handled is known by the source, and so it is one issue for each cause."""
    names = named("""
        class NoStock(Exception):
            def __init__(self, article):
                super().__init__(f"no stock of {article}")

        class NoPrice(Exception):
            def __str__(self):
                return f"no price of {self.args[0]}"

        def check(kind, article):
            if kind == 0:
                raise NoStock(article)
            if kind == 1:
                raise NoPrice(article)
            if kind == 2:
                raise ValueError(f"no name of {article}")
            if kind == 3:
                raise OSError(7, f"no size of {article}")
            raise ValueError(article)

        def main():
            for article in ("teapot", "kettle"):
                for kind in range(5):
                    try:
                        check(kind, article)
                    except OSError as error:
                        L.error(error.strerror)
                    except Exception as error:
                        L.error(f"{type(error).__name__}: {error}")
    """)
    told = ["NoStock: no stock of {}", "NoPrice: no price of {}", "ValueError: no name of {}", "no size of {}"]
    assert [name[-1] for name in names] == [*told, "ValueError: teapot", *told, "ValueError: kettle"]


def test_text_that_is_put_into_that_of_a_helper(named) -> None:
    """What tells what has happened is a part of the issue, where a helper has words of its own; a value is none."""
    names = named("""
        def ensure(is_so, text):
            if not is_so:
                L.error(f"Check failed: {text}")

        def pay(i):
            ensure(False, f"order {i} must be paid")

        def send(i):
            ensure(False, "order {} must be sent".format(i))

        def main():
            pay("a"), send("a"), pay("b"), send("b")
            for article in ("teapot-no-1", "kettle-no-2"):
                ensure(False, article)
            ensure(False, "teapot-no-1")
    """)
    paid = ("shop", "orders", "pay", "Check failed: {}", "order {} must be paid")
    sent = ("shop", "orders", "send", "Check failed: {}", "order {} must be sent")
    assert names == [paid, sent] * 2 + [("shop", "orders", "ensure", "Check failed: {}")] * 3


def test_table_of_another_module(named) -> None:
    """A template of a table that another module has is known, as are the texts of its functions."""
    other = ModuleType("texts")
    other.REASONS = {"lost": "Order {} is lost"}
    names = named(
        """
        def main():
            for order in ("a", "b"):
                L.error(texts.REASONS["lost"].format(order))
                L.error(texts.REASONS.get("late", "Order {} is late").format(order))
        """,
        texts=other,
    )
    assert [name[-1] for name in names] == [
        "Order {} is lost",
        "Order {} is late",
        "Order {} is lost",
        "Order {} is late",
    ]


def test_template_of_a_helper(named) -> None:
    """A message that is handed in with its arguments is known by the line that has it as well."""
    names = named("""
        def fail(template, *args):
            L.error(template, *args)

        def ship(i):
            fail("Order %s is lost", i)

        def main():
            ship(1), ship(2)
            fail("".join(reversed(["%s", "Order "])), 3)
    """)
    lost = ("shop", "orders", "ship", "Order %s is lost")
    assert names == [lost, lost, ("shop", "orders", "fail", "Order %s")]


WRAPPERS = """
import contextlib, functools

@contextlib.contextmanager
def watched(what):
    try:
        yield
    except ValueError as error:
        L.error(f"{what} has failed: {error}")

def guarded(function):
    @functools.wraps(function)
    def call(*args):
        try:
            function(*args)
        except ValueError as error:
            L.error("%s has failed: %s", function.__name__, error)
    return call

class Watch:
    def __init__(self, what):
        self.what = what

    def __enter__(self):
        pass

    def __exit__(self, *_):
        L.error("%s has ended", self.what)

@guarded
def ship(i):
    raise ValueError(i)

@guarded
def bill(i):
    raise ValueError(i)

def refuse(what, order):
    L.error("No %s of order %s", what, order)

def main():
    for i in (1, 2):
        with watched("packing"):
            raise ValueError(i)
        with watched("loading"):
            raise ValueError(i)
        with Watch("counting"):
            pass
        ship(i), bill(i)
        refuse("box", i)
        refuse("address", i)
        exec(f"L.error('Made for order {i}')")
"""


def test_wrappers(named) -> None:
    """What is around a block or a function tells them apart; of a plain helper its own text is the cause."""
    names = named(WRAPPERS)
    assert (
        names
        == [
            ("shop", "orders", "main", "{} has failed: {}", "packing"),
            ("shop", "orders", "main", "{} has failed: {}", "loading"),
            ("shop", "orders", "main", "%s has ended", "counting"),
            ("shop", "orders", "guarded.<locals>.call", "%s has failed: %s", "ship"),
            ("shop", "orders", "guarded.<locals>.call", "%s has failed: %s", "bill"),
            ("shop", "orders", "refuse", "No %s of order %s"),
            ("shop", "orders", "refuse", "No %s of order %s"),
            ("shop", "orders", "<module>", "Made for order *"),
        ]
        * 2
    )


def test_words_of_a_message(named) -> None:
    """A message that is nowhere in the source is known by its words, where it was first handed on."""
    names = named("""
        def fail(text):
            L.error(text)

        def answer(status):
            fail(" ".join(str(part) for part in ("node", status, "is away")))

        def main():
            answer(17), answer(18)
            L.error(str(KeyError("a"))), L.error(str(KeyError("b")))
            L.error({"a": 1})
    """)
    assert names == [
        *[("shop", "orders", "answer", "node * is away")] * 2,
        *[("shop", "orders", "main", "*")] * 2,
        ("shop", "orders", "main", "{*}"),
    ]


def test_chance(named) -> None:
    """What a caller has said of something else names no message of those that it calls."""
    names = named("""
        def work(what, text):
            L.error(text)

        class Queue:
            def put(self, name):
                self.report(["The order was lost", "No order"][len(name) % 2])

            def report(self, text):
                L.error(text)

        def main():
            Queue().put("order")
            Queue().put("orders")
    """)
    assert names == [("shop", "orders", "Queue.put", "No order"), ("shop", "orders", "Queue.put", "The order was lost")]


def test_without_source(named, tmp_path: Path) -> None:
    """Where there is no source, as of a program that is compiled, the texts of the function are known still."""
    source = """
        def fails(i):
            L.error("No node {}".format(i))
            L.error("No node %d", i)
            L.error(f"Node {i} is lost")

        def main():
            fails(1), fails(2)
    """
    file = tmp_path / "orders.py"
    module = ModuleType("orders")
    exec(compile(dedent(source), str(file), "exec"), vars(module))
    module.L = logging.getLogger("shop")
    names = named("def main(): call()", call=module.main)
    known = [("shop", "orders", "fails", text) for text in ("No node {}", "No node %d", "Node * is lost")]
    assert names == known * 2


def fingerprint(rules: str, **facts) -> tuple[str, ...] | None:
    """Return the fingerprint of an event by rules, one a line."""
    rules = tuple(map(fingerprint_rules.parse, rules.splitlines()))
    error = facts.get("error")
    if error is not None:
        issue = Grouping(rules).of_exception(error, None, facts.get("logger", ""), lambda: facts.get("message", ""))
    else:
        issue = Grouping(rules).of_message(facts.get("logger", ""), lambda: facts.get("message", ""), None)
    return issue.fingerprint


class StockError(LookupError):
    pass


def test_rules() -> None:
    """The first rule whose matchers all match names the issue; its default is what would be the issue without it."""
    rules = (
        "logger:kazoo* = zookeeper-away\n"
        "type:ConnectionError message:*mongo* = mongo-away\n"
        "logger:shop = shop {{ default }}"
    )
    assert fingerprint(rules, logger="kazoo.client", message="Session lost") == ("zookeeper-away",)
    assert fingerprint(rules, logger="kazoo", error=ValueError("x")) == ("zookeeper-away",)
    assert fingerprint(rules, logger="akazoo", message="Session lost") == ("akazoo", "Session lost")
    assert fingerprint(rules, error=ConnectionRefusedError("MongoDB refused")) == ("mongo-away",)
    assert fingerprint(rules, error=ConnectionError("refused"), message="MongoDB is away") == ("mongo-away",)
    assert fingerprint(rules, error=ConnectionError("refused")) is None
    assert fingerprint(rules, error=OSError("mongo")) is None
    assert fingerprint(rules, logger="shop", message="Order 7 lost") == ("shop", "shop", "Order * lost")
    assert fingerprint(rules, logger="shop", error=ValueError("x")) == ("shop", "{{ default }}")


def test_rules_know_what_led_to_an_exception() -> None:
    """A rule about a type knows it by name, by full name, by those of its bases, and in what led to the exception."""
    try:
        try:
            raise StockError("no teapot")
        except StockError as error:
            raise RuntimeError("Order failed") from error
    except RuntimeError as error:
        raised = error
    for kind in ("StockError", "LookupError", "RuntimeError", f"{__name__}.StockError", "*.StockError", "Stock*"):
        assert fingerprint(f"type:{kind} = away", error=raised) == ("away",), kind
    assert fingerprint("type:KeyError = away", error=raised) is None
    assert fingerprint('message:"NO TEAPOT" = away', error=raised) == ("away",)
    assert fingerprint("type:StockError = away", message="StockError") == ("StockError",)


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def test_rules_of_what_has_no_text() -> None:
    """An exception without a text is asked about as well."""
    assert fingerprint("message:*Unprintable* = away", error=Unprintable()) == ("away",)


def test_given_fingerprint() -> None:
    """A fingerprint that the application gives is the issue, also for the limits."""
    issue = grouping.of_exception(ValueError("x"))
    assert of_fingerprint(["a", "b"], issue).name == ("a", "b")
    assert of_fingerprint(["a", "{{ default }}"], issue).name == ("a", *issue.name)
    assert [of_fingerprint(other, issue) for other in (None, [], "a", [None])] == [None] * 4
    assert of_fingerprint([404, StrEnum("Kind", ["gone"]).gone], issue).fingerprint == ("404", "gone")
    assert len(of_fingerprint([10**5000], issue).fingerprint) == 1


def fails(where: ModuleType, function: str) -> BaseException:
    """Return the exception that a function of a module raises."""
    try:
        getattr(where, function)()
    except Exception as error:
        return error
    pytest.fail("nothing was raised")


def test_exception(tmp_path: Path) -> None:
    """Exceptions are told apart by the lines of the application, though a library raises all of them."""
    module = load(
        tmp_path,
        "prices",
        """
        import json

        def one():
            json.loads("{")

        def two():
            json.loads("{")

        def helper():
            json.loads("{")

        def three():
            helper()

        def four():
            helper()

        def five():
            raise ExceptionGroup("some", [fails(one)])

        def six():
            raise ExceptionGroup("some", [fails(two)])

        def fails(function):
            try:
                function()
            except ValueError as error:
                return error
        """,
    )
    issues = {
        name: grouping.of_exception(fails(module, name)) for name in ("one", "two", "three", "four", "five", "six")
    }
    assert len(set(issues.values())) == 6
    file = str(tmp_path / "prices.py")
    assert issues["one"].name == ("JSONDecodeError", file, 5)
    assert issues["three"].name == ("JSONDecodeError", file, 11, file, 14)
    assert all(grouping.of_exception(fails(module, name)) == issue for name, issue in issues.items())
    assert all(issue.fingerprint is None for issue in issues.values())


def test_exceptions_that_led_to_another(tmp_path: Path) -> None:
    """An exception that one line raises for whatever went wrong is another issue for each of that."""
    module = load(
        tmp_path,
        "prices",
        """
        class PriceError(Exception):
            pass

        def read(kind):
            raise kind("x")

        def load(kind):
            try:
                read(kind)
            except Exception as error:
                raise PriceError from error

        def missing():
            load(KeyError)

        def refused():
            load(ConnectionError)
        """,
    )
    missing, again, refused = (grouping.of_exception(fails(module, name)) for name in ("missing", "missing", "refused"))
    assert missing == again != refused


def test_exception_without_the_application() -> None:
    """An exception in which the application has no part is known by its innermost lines."""

    def call() -> None:
        json.loads("{")

    try:
        call()
    except ValueError as error:
        kind, file, line, *_ = grouping.of_exception(error).name
    assert (kind, Path(file).name) == ("JSONDecodeError", "decoder.py")
    assert type(line) is int


def test_exception_that_was_not_raised() -> None:
    """An exception that was never raised is known by its type and by who tells of it."""
    frame = sys._getframe()
    first = grouping.of_exception(ValueError("x"), frame)
    assert first.name[:2] == ("ValueError", __file__)
    assert grouping.of_exception(KeyError("x"), frame) != first


UNRAISED = """
    import sys


    def fails(tenant):
        tell(ValueError(f"No tenant {tenant}"), sys._getframe())


    def fails_too(tenant):
        tell(ValueError(f"No tenant {tenant}"), sys._getframe())


    def main():
        for tenant in ("acme", "globex"):
            fails(tenant)
        fails_too("acme")
"""


def test_place_of_an_exception_that_was_not_raised(named) -> None:
    """Exceptions that were never raised are told apart by the function that made them and by the text of its source."""
    fingerprints = []

    def tell(error, frame) -> None:
        fingerprints.append(Grouping().of_exception(error, frame).fingerprint)

    named(UNRAISED, tell=tell)
    first = ("ValueError", "orders", "fails", "No tenant {}")
    assert fingerprints == [first, first, ("ValueError", "orders", "fails_too", "No tenant {}")]


def test_exception_of_a_future_that_was_not_raised() -> None:
    """The place where asyncio tells of an exception that was never raised says nothing of where it is from."""
    assert Grouping().of_exception(ValueError("x"), sys._getframe(), "asyncio").fingerprint is None


def test_event_of_somebody_else() -> None:
    """An event that sentry-sdk has made is known by the same rule, as far as it tells."""
    naming = Grouping()
    frames = [
        {"filename": "app.py", "lineno": 7, "in_app": True},
        {"filename": "json.py", "lineno": 8, "in_app": False},
    ]
    event = {"exception": {"values": [{"type": "E", "stacktrace": {"frames": frames}}]}}
    assert naming.of_event(event, None, None).name == ("E", "app.py", 7)
    assert naming.of_event({"exception": {"values": [{"type": "E"}]}}, None, None).name == ("E",)
    assert naming.of_event({"message": "Order 7"}, None, None).fingerprint == ("Order *",)


SKELETONS = {
    "missing columns ['a', 'b'] in sheet 3": "missing columns * in sheet *",
    "missing columns [] in sheet 0": "missing columns * in sheet *",
    'payload {"id": 17, "items": [1, 2]} is refused': "payload * is refused",
    "cleanup[17] of {} failed: [Errno 2] {1} [x]": "cleanup[*] of {} failed: [Errno 2] * [x]",
    "amount -12.50 EUR exceeds $1,000 and 7 K\u010d": "amount * exceeds * and *",
    "file ~/a.csv or C:\\ is full, url: / (gone)": "file * or * is full, url: * (gone)",
    "certificate of *.example.com, Cannot connect to host cache:80 ssl:default": (
        "certificate of *, Cannot connect to host * ssl:default"
    ),
    "Order 1001 is lost": "Order * is lost",
    '{"event": "Order 1001 is lost", "id": 3}': "Order * is lost",
    "{'msg': 'Order is lost', 'id': 3}": "Order is lost",
    "Cannot reach node 10.0.0.7:2181 at 2026-11-27T10:00:00.123Z": "Cannot reach node * at *",
    "Node fe80::1 is away": "Node * is away",
    "<Task pending name='Task-12' coro=<App.main() running at /srv/app/x.py:12> at 0x7fab12>": (
        "<Task pending name=* coro=<App.main() running at *> at *>"
    ),
    "can't reach it, it doesn't answer": "can't reach it, it doesn't answer",
    "KeyError: 'user' and \"name\" of `table`, b'raw'": "KeyError: * and * of *",
    "task 6f9619ff-8b86-d011-b42d-00c04fc964ff done": "task * done",
    "user joe@example.com not in /var/lib/data/joe.csv": "user * not in *",
    "I/O error, read/write": "I/O error, read/write",
    "no data/joe/orders.csv, no C:\\\\data\\\\joe.txt": "no *, no *",
    "device 1a:bc:de:ff:aa:0b of ab:cd:ef:ab:cd:ef": "device * of *",
    "peer 2001:db8::beef, fe80::ab of std::deque": "peer * of std::deque",
    "Uživatel „Jan Novák“ ani “Joe” není «tu»": "Uživatel * ani * není *",
    "https://idp.example.com/jwks.json?x=y answers 503": "* answers *",
    "no answer of db-main.shop.example.com:5432 nor of mq.shop.internal.": "no answer of * nor of *.",
    "in shop.orders, shop.io and index.html, see README.de": "in shop.orders, shop.io and index.html, see README.de",
    "Timeout after 30 s, 1.5 min or 500ms": "Timeout after * or *",
    "10 MB and 1.5 GiB of 99.5 % and 5% are left, 3 smaller": "* and * of * and * are left, * smaller",
    "no answer of mongo:27017, shop-db.internal:5432 nor of mq:5672.": "no answer of * nor of *.",
    "orders.py:1012 fails": "orders.py:* fails",
    "route /orders is slow, url: /v1/a?b=c": "route * is slow, url: *",
    "tenant=acme attempt=3 reason=refused job=<Job at 0x7f>": "tenant=* attempt=* reason=refused job=<Job at *>",
    "offset None, price nan or -inf, ready=True": "offset *, price * or *, ready=*",
    "None of the nodes, inform Nan": "None of the nodes, inform Nan",
    "expired on Fri, 27 Nov 2026, valid from Mar  3 10:00:00 2026 GMT": "expired on *, valid from * GMT",
    "Orders of May are late, the march as well": "Orders of May are late, the march as well",
    'value "a \\"b\\" c" is bad': "value * is bad",
    "「太郎」 \u201aMeier\u2018 fehlt": "* fehlt",
    "a\n\n  b  c\n": "a\nb c",
    "": "",
}


@pytest.mark.parametrize("text", SKELETONS)
def test_skeleton(text: str) -> None:
    """A text is left without numbers, addresses, ids and quoted values."""
    assert skeleton(text) == SKELETONS[text]


@pytest.mark.parametrize(
    "text", ["a-", "'", "1 ", "/a", "a@", '"', "x://", "`", "*,", "é", "a.b/c", "a [", "a [1", "host a", "~/"]
)
def test_skeleton_of_much(text: str) -> None:
    """Whatever a text is made of, no more than its beginning is looked at."""
    assert len(skeleton(text * 500_000)) <= MAX_TEXT


def test_literals() -> None:
    """Without a word that stays the same, a text of the source is no name."""
    assert literal("{}") is literal("%s: %s") is literal("") is literal("12") is literal("{name} {}") is None
    assert literal("Lost: %(order)s").parts == ("Lost: ", "")
    assert literal("x" * 1000).text == "x" * 500
    assert not literal("one {} two").makes("one")
    assert not literal("{} lost").makes("lost found")
    assert literal("{} lost").is_in("is lost.")


def test_known_call_sites_are_bounded() -> None:
    """What is remembered of calls and texts does not grow without end."""
    frame = sys._getframe()
    for number in range(3 * call_sites.MAX_TEXTS):
        message_sources.of_template("shop", f"Order {number} of many", frame, str)
    (call_site,) = [site for site in call_sites._call_sites.values() if site.code is frame.f_code]
    assert len(call_site.names) <= call_sites.MAX_TEXTS
    for number in range(call_sites.MAX_KNOWN + 10):
        exec(
            compile("message_sources.of_message('shop', 'x', sys._getframe())", f"/f{number}.py", "exec"),
            {"message_sources": message_sources, "sys": sys},
        )
    assert len(call_sites._call_sites) <= call_sites.MAX_KNOWN
