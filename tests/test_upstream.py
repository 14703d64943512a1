"""Private names of the SDK and of ASAB that are used: each test fails when upstream changes what is relied on."""

import asyncio
import collections
import concurrent.futures
import contextvars
import importlib
import inspect
import io
import json
import logging
import multiprocessing.popen_fork
import os
import re
import signal
import sys
import threading
import traceback
import types
from pathlib import Path
from typing import Any

import aiohttp.test_utils
import aiohttp.web
import aiohttp.web_protocol
import asab.abc.singleton
import asab.api
import asab.application
import asab.config
import asab.log
import asab.pubsub
import asab.task
import asab.web.rest.json
import hostile
import pytest
import sentry_sdk
import sentry_sdk.client
import sentry_sdk.consts
import sentry_sdk.integrations
import sentry_sdk.integrations.aiohttp
import sentry_sdk.integrations.asgi
import sentry_sdk.integrations.logging
import sentry_sdk.integrations.stdlib
import sentry_sdk.serializer
import sentry_sdk.transport
import sentry_sdk.utils
import urllib3
from sentry_sdk._log_batcher import LogBatcher
from sentry_sdk._types import AnnotatedValue
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.integrations.unraisablehook import UnraisablehookIntegration
from test_exceptions import unconnected

from asab_sentry.blackbox import ends
from asab_sentry.delivery import connections
from asab_sentry.objects import errors
from asab_sentry.objects.calls import Calls
from asab_sentry.objects.ready_json import ReadyDict, ReadyList
from asab_sentry.objects.reprs import bounded_repr
from asab_sentry.patches import replace
from asab_sentry.pipeline.log_breadcrumbs import LogBreadcrumb
from asab_sentry.runtime import in_app, stacks
from asab_sentry.sdk import (
    batchers,
    fingerprint,
    ignored_loggers,
    integrations,
    log_items,
    other_setups,
    scope_facts,
    traces,
    version,
)
from asab_sentry.sdk.client import SdkClient
from asab_sentry.sdk.ignored_loggers import SETS
from asab_sentry.sdk.spans import spans
from asab_sentry.sources import capture, exceptions, frames, record_events, root_level
from asab_sentry.sources.asab import loop
from asab_sentry.sources.web import log_rules, outgoing_clients, request, request_variables


def test_scopes_are_joined_with_the_same_objects() -> None:
    """What a fork has of its scope is the same objects, and a scope that takes over those of another has them twice."""
    scope = sentry_sdk.Scope()
    scope.add_attachment(bytes=b"x", filename="x")
    scope._breadcrumbs.append({"message": "x"})
    fork = scope.fork()
    scope.update_from_scope(fork)
    for values in (scope._attachments, scope._breadcrumbs):
        assert len(values) == 2
        assert values[0] is values[1]
    assert (type(scope._attachments), type(scope._breadcrumbs)) == (list, collections.deque)


def test_scope_keeps_breadcrumbs_in_a_deque() -> None:
    """Breadcrumbs of a scope are a deque `_breadcrumbs` that forks with the scope and is merged into events."""
    scope = sentry_sdk.Scope()
    crumb = LogBreadcrumb(message="x", timestamp=1.0)
    scope._breadcrumbs.append(crumb)
    fork = scope.fork()
    assert fork._breadcrumbs is not scope._breadcrumbs
    assert fork._breadcrumbs.popleft() is crumb
    event = scope.apply_to_event({}, {})
    assert event["breadcrumbs"]["values"][0] is crumb


def test_fingerprint_of_a_scope() -> None:
    """A scope keeps its fingerprint where the limits look for it."""
    with sentry_sdk.new_scope() as scope:
        assert fingerprint.of_scopes() is None
        scope.fingerprint = ["mine"]
        assert fingerprint.of_scopes() == scope._fingerprint == ["mine"]
    with sentry_sdk.isolation_scope() as scope:
        scope.fingerprint = ["outer"]
        assert fingerprint.of_scopes() == ["outer"]
        other = sentry_sdk.Scope()
        other.fingerprint = ["other"]
        assert fingerprint.of_scopes(other) == ["other"]


@pytest.mark.filterwarnings("ignore:The send_default_pii option is deprecated")
@pytest.mark.parametrize("is_measured", [True, False])
def test_log_of_scopes(*, is_measured: bool) -> None:
    """A log has of its scopes what one of sentry-sdk has, and is written in the same way."""
    logs: list[Any] = []
    switched = {} if version.THREE else {"enable_logs": True, "send_default_pii": True}
    none = {"default_integrations": False, "auto_enabling_integrations": False}
    client = sentry_sdk.Client(
        before_send_log=lambda log, _: logs.append(log), traces_sample_rate=1.0, release="shop@1", **switched, **none
    )
    with sentry_sdk.isolation_scope() as around, sentry_sdk.new_scope() as within:
        sentry_sdk.get_global_scope().set_attribute("everywhere", "x")
        around.set_attributes({"everywhere": "y", "around": [1, 2], "number": 1.5})
        within.set_attributes({"around": True, "within": 5})
        sentry_sdk.get_global_scope().set_user({"id": "everybody"})
        around.set_user({"id": 7, "username": "joe", "email": None, "ip_address": "10.0.0.1"})
        within.set_client(client)
        if is_measured:
            spans.begin_root(within, "task", "import", None)
        sentry_sdk.logger.warning("it is {what}", what="late", attributes={"a": 1, "within": 6})
        facts = scope_facts.current(with_user=True)
        anonymous = scope_facts.current(with_user=False)
        sentry_sdk.get_global_scope().clear()
    (theirs,) = logs
    assert (facts.trace_id, facts.span_id) == (theirs["trace_id"], theirs["span_id"])
    assert (facts.span_id is not None) is is_measured
    own = {name: value for name, value in theirs["attributes"].items() if name.startswith("sentry.message.")}
    assert own | facts.attributes | {"a": 1, "within": 6} == theirs["attributes"]
    assert not anonymous.attributes.keys() & {"user.id", "user.name", "user.ip_address"}
    made = log_items.envelope([log_items.written(theirs)]).items[0]
    assert made.headers == {"type": LogBatcher.TYPE, "content_type": LogBatcher.CONTENT_TYPE, "item_count": 1}
    assert json.loads(made.get_bytes()) == {"version": 2, "items": [LogBatcher._to_transport_format(theirs)]}


def test_batchers() -> None:
    """sentry-sdk passes over what comes to a batcher from within it, and starts no second thread for one."""
    none = {"default_integrations": False, "auto_enabling_integrations": False}
    client = SdkClient(dsn="http://public@127.0.0.1/1", **none)
    kinds = [type(batcher) for name in batchers.NAMES if (batcher := getattr(client, name)) is not None]
    assert len(kinds) == (3 if version.THREE else 2)
    for kind in kinds:
        batcher: Any = kind(lambda envelope: pytest.fail(f"{envelope} was made"), lambda **_: None)
        assert type(batcher._lock) is type(threading.Lock())
        batcher._flusher, batcher._flusher_pid = kind, os.getpid()
        batcher._active.flag = True
        batcher.add({})
        batcher._active.flag = False
        batcher.flush()
        assert batcher._ensure_thread()
        assert batcher._flusher is kind


def test_current_scope_variable() -> None:
    """The current scope is kept in a context variable and made when it is asked for."""
    context = contextvars.Context()
    assert context.run(sentry_sdk.scope._current_scope.get) is None
    scope = context.run(sentry_sdk.get_current_scope)
    assert context.run(sentry_sdk.scope._current_scope.get) is scope


def test_event_processors_run_before_the_serializer() -> None:
    """An event processor sees breadcrumbs as they were recorded, before_send after serializing."""
    source = inspect.getsource(sentry_sdk.client._Client._prepare_event)
    assert source.index("scope.apply_to_event(") < source.index("serialize(") < source.index("before_send(event")


def test_what_sentry_sdk_hides(monkeypatch: pytest.MonkeyPatch) -> None:
    """It hides whatever is raised within it, and asks a function by its name for each."""
    hidden: list[str] = []
    for module in (sentry_sdk.utils, sentry_sdk.serializer):
        monkeypatch.setattr(module, "capture_internal_exception", lambda exc_info: hidden.append(str(exc_info[1])))
    with sentry_sdk.utils.capture_internal_exceptions():
        raise SystemExit("of others")

    class Ends:
        def __sentry_repr__(self) -> str:
            raise SystemExit("of an object")

    sentry_sdk.serializer.serialize({"value": Ends()})
    assert hidden == ["of others", "of an object"]


def test_auto_enabling_integrations() -> None:
    """The SDK tries the entries of a list, each named after its library but for those that are known."""
    entries = sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS
    assert "sentry_sdk.integrations.aiohttp.AioHttpIntegration" in entries
    folder = Path(sentry_sdk.integrations.__file__).parent
    listed = re.findall(r'"sentry_sdk\.integrations\.(\w+)\.\w+",', (folder / "__init__.py").read_text())
    for name in listed[listed.index("aiohttp") :]:
        library = integrations.LIBRARIES.get(name, name)
        files = (folder / name).glob("*.py") if (folder / name).is_dir() else [folder / f"{name}.py"]
        assert any(re.search(rf"^ *(import|from) {library}\b", file.read_text(), re.MULTILINE) for file in files), name


def test_auto_enabling_integrations_are_left_as_they_were() -> None:
    """The list is shortened only while a client is made."""
    entries = [*sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS]
    with integrations.later_left_out():
        assert len(sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS) < len(entries)
    assert entries == sentry_sdk.integrations._AUTO_ENABLING_INTEGRATIONS


def test_replaced_integrations_exist() -> None:
    """The integrations that are replaced are among the SDK's defaults: logging in 2, the unraisable hook in 3."""
    defaults = set(sentry_sdk.integrations.iter_default_integrations(with_auto_enabling_integrations=False))
    assert set(integrations.REPLACED) - defaults == {LoggingIntegration if version.THREE else UnraisablehookIntegration}
    others = {kind.identifier for kind in defaults - set(integrations.REPLACED)}
    assert others == {"stdlib", "threading"}


def test_capture_event_is_where_all_events_pass() -> None:
    """A scope, and so everything in the SDK, captures by the public `capture_event` of the client."""
    for capture_event in (sentry_sdk.Client.capture_event, SdkClient.capture_event):
        assert [*inspect.signature(capture_event).parameters] == ["self", "event", "hint", "scope"]
    assert ".capture_event(" in inspect.getsource(sentry_sdk.Scope.capture_event)


def test_frames_are_those_of_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A frame has the fields that the SDK gives it, and `in_app`, which the SDK decides later."""
    monkeypatch.setattr(in_app, "_current", in_app.Application(include=[__name__]))
    frame = inspect.currentframe()
    theirs, (thread,) = sentry_sdk.utils.serialize_frame(frame, frame.f_lineno), frames.threads(frame)["values"]
    ours = thread["stacktrace"]["frames"][-1]
    assert set(theirs) == set(ours) - {"in_app"}
    assert {key: ours[key] for key in theirs if key != "vars"} == {key: theirs[key] for key in theirs if key != "vars"}


HIDE = """
def hidden(call, __tracebackhide__=True):
    call()


def twice(call, __traceback_hide__=None, __tracebackhide__=True):
    __traceback_hide__ = Odd()
    call()


def shown(call):
    __traceback_hide__ = False
    call()


class Odd:
    def __bool__(self):
        raise RuntimeError


def odd(call, __tracebackhide__=Odd()):
    call()


def fails():
    try:
        hidden(lambda: 1 / 0)
    except ZeroDivisionError as error:
        raise KeyError("a") from error


def in_a_group():
    try:
        fails()
    except KeyError as error:
        raise ExceptionGroup("some", [error, ValueError("b")])


hidden(lambda: shown(lambda: odd(lambda: twice({call}))))
"""


@pytest.mark.parametrize("call", ["fails", "in_a_group", "lambda: 1 / 0"])
def test_exceptions_have_the_frames_that_sentry_sdk_has(call: str) -> None:
    """Each exception of a chain or group has the frames that the SDK would give it; both hide alike."""

    def described(describe: Any) -> Any:
        namespace = {"__name__": "example", "__tracebackhide__": False}
        try:
            exec(compile(HIDE.format(call=call), "/srv/example.py", "exec"), namespace)
        except Exception as error:
            event, hint = describe(error)
            raised = error
        assert hint == {"exc_info": (type(raised), raised, raised.__traceback__)}
        for value in event["exception"]["values"]:
            for frame in value.get("stacktrace", {"frames": []})["frames"]:
                frame.pop("vars", None)
                frame.pop("in_app", None)
        return event

    ours = described(lambda error: capture.from_exception(exceptions.exc_info_of(error)))
    theirs = described(sentry_sdk.utils.event_from_exception)
    unconnected(theirs["exception"]["values"])
    for value in theirs["exception"]["values"]:
        # The SDK has the cause of a member of a group as one of the group itself.
        if value["mechanism"].get("source") == "__cause__":
            value["mechanism"]["parent_id"] = value["mechanism"]["exception_id"] - 1
        # And it has attributes of an exception as its text.
        if value["mechanism"].get("is_exception_group"):
            value["value"] += " (2 sub-exceptions)"
    assert ours == theirs
    for value in ours["exception"]["values"]:
        assert all(type(frame) is frames.Frame for frame in value.get("stacktrace", {"frames": []})["frames"])


def test_equal_functions_of_different_files() -> None:
    """A frame tells of its own file, though Python compares code without its file."""
    for name in ("a", "b"):
        namespace: dict[str, Any] = {"__name__": name}
        exec(compile("def run():\n    raise ValueError", f"/x/{name}.py", "exec"), namespace)
        try:
            namespace["run"]()
        except ValueError as error:
            event, _ = capture.from_exception(exceptions.exc_info_of(error))
        frame = event["exception"]["values"][0]["stacktrace"]["frames"][-1]
        assert (frame["module"], frame["abs_path"]) == (name, f"/x/{name}.py")


def test_a_function_that_is_gone_is_not_replaced() -> None:
    """What a version of the SDK does not have is left so."""
    undo = replace(sentry_sdk.client, "no_such_function", lambda original: original)
    assert not hasattr(sentry_sdk.client, "no_such_function")
    undo()


def test_task_of_a_request() -> None:
    """aiohttp serves a request by the coroutine `_handle_request`, ASAB starts jobs by `TaskService.main`."""
    serving = aiohttp.web_protocol.RequestHandler._handle_request
    loop._learn_of_requests()
    assert [asab.task.TaskService.main.__code__, serving.__code__] == loop.NOT_FORKED
    assert "self._handle_request(request, " in inspect.getsource(aiohttp.web_protocol.RequestHandler.start)


def test_ready_values_pass_the_serializer() -> None:
    """The serializer uses what `__sentry_repr__` returns and does not walk it."""
    deep: dict = {}
    inner = deep
    for _ in range(20):
        inner["x"] = inner = {}
    value = ReadyDict(deep=deep, wide=list(range(50)))
    for place in ({"extra": {"a": value}}, {"contexts": {"a": value}}, {"modules": value}):
        serialized = sentry_sdk.serializer.serialize(place)
        assert next(iter(serialized.values())).get("a", next(iter(serialized.values()))) is value
    whole = ReadyDict(breadcrumbs={"values": [object()]})
    assert sentry_sdk.serializer.serialize(whole) is whole
    frame_list = ReadyList([object()])
    stacktrace = {"exception": {"values": [{"stacktrace": {"frames": frame_list}}]}}
    found = sentry_sdk.serializer.serialize(stacktrace)["exception"]["values"][0]["stacktrace"]["frames"]
    assert found is frame_list


def test_what_sentry_sdk_has_cut() -> None:
    """What sentry-sdk has cut comes wrapped, and its serializer writes the remark; what holds itself has a mark."""
    wrapped = AnnotatedValue("begin...", {"len": 300})
    assert (wrapped.value, wrapped.metadata) == ("begin...", {"len": 300})
    assert type(sentry_sdk.utils.strip_string("x" * 100, max_length=10)) is AnnotatedValue
    cyclic: dict[str, Any] = {}
    cyclic["a"] = cyclic
    made = sentry_sdk.serializer.serialize({"a": wrapped, "b": cyclic})
    assert made["a"] == "begin..."
    assert made["_meta"]["a"][""] == {"len": 300}
    assert made["b"]["a"] == sentry_sdk.serializer.CYCLE_MARKER


def test_transaction_knows_its_random_number() -> None:
    """A transaction compares `_sample_rand` with the sample rate; a scope keeps its name as `_transaction`."""
    tracing = pytest.importorskip("sentry_sdk.tracing", reason="gone in sentry-sdk 3")
    transaction = tracing.Transaction(name="x")
    assert 0 <= transaction._sample_rand < 1
    source = inspect.getsource(tracing.Transaction._set_initial_sampling_decision)
    assert "self._sample_rand < self.sample_rate" in source
    scope = sentry_sdk.Scope()
    scope.span = transaction
    assert scope._transaction == "x"


def test_trace_of_a_scope() -> None:
    """A scope keeps its trace as `_propagation_context`, of which headers and events are made where a span is none."""
    scope = sentry_sdk.Scope()
    scope._propagation_context = traces.Unsampled()
    spans.place(scope, spans.Nothing("x"))
    assert scope._transaction == "x"
    assert scope.get_active_propagation_context() is scope._propagation_context
    assert dict(scope.iter_trace_propagation_headers())["sentry-trace"].endswith("-0")
    assert scope.get_trace_context()["trace_id"] == scope._propagation_context.trace_id


def test_transport_methods() -> None:
    """The private methods of the SDK's transport make a pool, an authorized request and a report of losses."""
    options = {**sentry_sdk.consts.DEFAULT_OPTIONS, "dsn": "http://public@127.0.0.1:9/1"}
    transport = sentry_sdk.transport.HttpTransport(options)
    assert type(transport._make_pool()) is type(transport._pool)
    assert "self._get_pool_options()" in inspect.getsource(sentry_sdk.transport.HttpTransport._make_pool)
    assert "total=self.TIMEOUT" in inspect.getsource(sentry_sdk.transport.HttpTransport._get_pool_options)
    headers: dict[str, str] = {}
    transport._update_headers(headers)
    assert "sentry_key=public" in headers["X-Sentry-Auth"]
    envelopes = transport._auth.get_api_url(sentry_sdk.consts.EndpointType.ENVELOPE)
    assert envelopes == "http://127.0.0.1:9/api/1/envelope/"
    transport.record_lost_event("cache_overflow", "error")
    report = transport._fetch_pending_client_report(force=True, interval=60)
    assert report.type == "client_report"
    lost = [{"reason": "cache_overflow", "category": "error", "quantity": 1}]
    assert report.payload.json["discarded_events"] == lost
    assert transport._fetch_pending_client_report(force=True, interval=60) is None


def test_connections_are_taken_and_given_back() -> None:
    """A pool of urllib3 gives a connection that is used next, where none waits a new one, and takes it back."""
    manager = connections.bounded(urllib3.PoolManager())
    pool: Any = manager.connection_from_url("http://127.0.0.1:9")
    taken = pool._get_conn()
    assert taken.head is None
    assert taken.sock is None
    pool._put_conn(taken)
    assert pool._get_conn() is taken
    assert pool._get_conn() is not taken
    pool.close()
    assert pool.pool is None


def test_task_exception_is_readable_without_retrieving_it() -> None:
    """`Task._exception` tells the exception and leaves it unretrieved."""

    async def main() -> tuple[BaseException, bool]:
        async def fails() -> None:
            raise ValueError

        task = asyncio.create_task(fails())
        await asyncio.wait([task])
        seen = task._exception, task._log_traceback
        task.exception()
        for future in (asyncio.get_running_loop().create_future(), concurrent.futures.Future()):
            future.set_exception(ValueError())
            assert future._exception is future.exception()
        return seen

    error, unretrieved = asyncio.run(main())
    assert isinstance(error, ValueError)
    assert unretrieved


@pytest.mark.parametrize("is_debug", [True, False])
def test_where_a_task_was_made(*, is_debug: bool) -> None:
    """In its debug mode asyncio notes who has made a task, a factory included, in a list that can be changed."""

    async def main() -> Any:
        asyncio.get_running_loop().set_task_factory(lambda loop, coroutine, **more: asyncio.Task(coroutine, **more))
        task = asyncio.create_task(asyncio.sleep(0))
        await task
        return task._source_traceback

    made = asyncio.run(main(), debug=is_debug)
    if is_debug:
        assert type(made) is traceback.StackSummary
        assert [frame.name for frame in made[-2:]] == ["create_task", "<lambda>"]
        assert made[-2].filename == asyncio.base_events.__file__
    else:
        assert made is None


def test_asab_var_dir() -> None:
    """ASAB keeps its defaults in `_default_values`; that of `var_dir` is made of the name of the script."""
    assert type(asab.Config)._default_values["general"]["var_dir"].startswith(str(Path("~/.").expanduser()))
    source = inspect.getsource(asab.config)
    assert "os.path.expanduser('~/.' + os.path.splitext(os.path.basename(sys.argv[0]))[0])" in source


def test_asab_main_task() -> None:
    """ASAB's TaskService begins its main task anew unless `Main` is None; what it was given waits in a queue."""
    source = inspect.getsource(asab.task.TaskService._main_task_exited)
    assert source.index("if self.Main is None:") < source.index("self.start()")
    assert "self.NewTasks = asyncio.Queue()" in inspect.getsource(asab.task.TaskService.__init__)


def test_asab_attention() -> None:
    """ASAB's API service takes what requires attention with an id of ours, takes it back, and advertises both."""
    for method in (asab.api.ApiService.attention_required, asab.api.ApiService.remove_attention):
        assert "att_id" in inspect.signature(method).parameters
        assert "self._do_zookeeper_adv_data()" in inspect.getsource(method)


def test_asab_loop_handler() -> None:
    """ASAB's exception handler of the loop is a function of the module by which it is recognized."""
    (name,) = re.findall(r"set_exception_handler\((\w+)\)", inspect.getsource(asab.application))
    handler = getattr(asab.application, name)
    assert (type(handler), handler.__module__) == (types.FunctionType, asab.log.__name__)


def test_asab_closes_its_loop() -> None:
    """ASAB closes its loop at the end by the method that is replaced, also before it has the process replaced."""
    source = inspect.getsource(asab.Application.run)
    assert source.index("self.Loop.close()") < source.index("os.execv(")
    loop = asyncio.new_event_loop()
    close, closed = loop.close, []
    loop.close = lambda: closed.append(close())  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(asyncio.sleep(0))
    assert (closed, loop.is_closed()) == ([None], True)


def test_stacks_that_logging_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a handler fails, logging prints the stack up to the first frame that is not in a file of its own."""

    def between() -> None:
        logging.StreamHandler(io.StringIO()).handle(logging.makeLogRecord({"msg": "%d", "args": ("no number",)}))

    between()
    assert "in between" in capsys.readouterr().err
    between.__code__ = between.__code__.replace(co_filename=logging.__file__)
    between()
    printed = capsys.readouterr().err
    assert "in between" not in printed
    assert f"in {test_stacks_that_logging_prints.__name__}" in printed


def test_asab_pubsub_looks_up_subscribers_in_one_place() -> None:
    """`publish` calls what `_callback_iter` yields, at once or later."""
    assert inspect.getsource(asab.pubsub.PubSub.publish).count("self._callback_iter(message_type)") == 2


def test_asab_loggers() -> None:
    """ASAB reports exceptions by the loggers that are known as its machinery."""
    names = {asab.application.L.name, asab.pubsub.L.name, asab.task.L.name, "asab.loop"}
    assert names == record_events.MACHINERY
    assert asab.web.rest.json.Lex.name == log_rules.WEB_LOGGER


def test_asab_watchdog() -> None:
    """The watchdog of ASAB kills the process right after the words by which it is known."""
    logger, message = record_events.WATCHDOG
    source = inspect.getsource(asab.application.Application._watchdog)
    assert asab.application.L.name == logger
    assert f'L.critical("{message}")' in source
    assert source.index(message) < source.index("signal.SIGKILL")


def test_struct_data_attribute() -> None:
    """ASAB's loggers keep struct_data in the record as `_struct_data`."""
    seen = []
    logger = logging.getLogger("test_struct_data_attribute")
    logger.addFilter(lambda record: seen.append(record) or False)
    logger.error("x", struct_data={"a": 1})
    assert seen[0]._struct_data == {"a": 1}


def test_ignored_loggers_are_kept_in_a_set() -> None:
    """What `ignore_logger` is given is in `_IGNORED_LOGGERS`, the same set at any time, until it is taken back."""
    sentry_sdk.integrations.logging.ignore_logger("test_ignored.*")
    assert any("test_ignored.*" in loggers for loggers in SETS)
    sentry_sdk.integrations.logging.unignore_logger("test_ignored.*")
    assert not any("test_ignored.*" in loggers for loggers in SETS)


def test_loggers_take_a_level_by_identity() -> None:
    """A logger keeps the very object it is given as a level."""
    level = root_level._Lowered(20)
    logger = logging.Logger("any")
    logger.setLevel(level)
    assert logger.level is level


def test_configuration_keeps_its_values_in_sections() -> None:
    """A parser keeps what it read as texts in `_sections`, a dict of dicts, also what is set later."""
    parser = asab.config.ConfigParser()
    parser.read_dict({"a": {"b": "1"}})
    assert parser._sections == {"a": {"b": "1"}}
    parser["a"]["b"] = "2"
    assert parser._sections == {"a": {"b": "2"}}


def test_expressions_are_parsed() -> None:
    """Python's parser of expressions tells the operations and their arguments, in `re._parser`."""
    parsed = importlib.import_module("re._parser").parse(r"[^a-c\d](?:x{2,}|y)(?=z)(?>.)")
    assert [str(operation) for operation, _ in parsed] == ["IN", "BRANCH", "ASSERT", "ATOMIC_GROUP"]
    (_, members), (_, branch), (_, ahead), _ = parsed
    assert [str(operation) for operation, _ in members] == ["NEGATE", "RANGE", "CATEGORY"]
    ((operation, (least, most, body)),), _ = branch[1]
    assert (str(operation), least, most > 1000, str(body[0][0])) == ("MAX_REPEAT", 2, True, "LITERAL")
    assert str(ahead[1][0][0]) == "LITERAL"


def test_searches_look_for_signals() -> None:
    """Python looks for signals while it searches a text with a regular expression, in the main thread."""

    def stop(*_: object) -> None:
        raise InterruptedError

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.01)
        with pytest.raises(InterruptedError):
            re.search("(a+)+b", "a" * 100)
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def test_environment_keeps_its_values_in_a_dict() -> None:
    """`os.environ` keeps what was set, encoded, in `_data`."""
    os.environ["ASAB_SENTRY_TEST"] = "1"
    try:
        assert os.environ._data[b"ASAB_SENTRY_TEST"] == b"1"
    finally:
        del os.environ["ASAB_SENTRY_TEST"]
    assert b"ASAB_SENTRY_TEST" not in os.environ._data


def test_sentry_sdk_scrubs_before_it_serializes() -> None:
    """The SDK's own scrubber is called by `scrub_event`, once, and is the one that was given."""
    pytest.importorskip("sentry_sdk.scrubber", reason="gone in sentry-sdk 3")
    source = inspect.getsource(sentry_sdk.client._Client._prepare_event)
    assert source.count("event_scrubber.scrub_event(event)") == 1
    assert source.index("event_scrubber.scrub_event(event)") < source.index("serialize(")


def test_request_before_its_route() -> None:
    """A request for which no route was looked for yet has a name, whatever the public property does then."""
    made = aiohttp.test_utils.make_mocked_request("GET", "/orders/7")
    made._match_info = None
    assert request.name_of(made) == "GET (no route)"


def test_names_of_asabs_web_server() -> None:
    """ASAB's middleware logs the headers of a request, in a variable and under names that are known."""
    assert {asab.web.rest.json.__name__} == request_variables.MODULES
    source = inspect.getsource(asab.web.rest.json.JsonExceptionMiddleware)
    assert "**_filter_logging_headers(request.headers)" in source
    assert set(re.findall(r'^\t+"(\w+)": (?:str\(euuid\)|request.path|\d+|ex.status),$', source, re.MULTILINE)) <= {
        *log_rules.NO_HEADERS
    }
    assert f"kwargs['{request_variables.BODY}'] = data" in inspect.getsource(asab.web.rest.json.json_schema_handler)


@pytest.mark.parametrize("rows", [hostile.Rows, hostile.AttrsRows, hostile.NamedRows, hostile.ModelRows])
def test_generated_reprs(rows) -> None:
    """Classes with a generated repr are known: large ones are shown field by field, models by `__repr_args__`."""
    numbers = list(range(10_000))
    assert bounded_repr(rows(rows=numbers), 100, Calls()).startswith(f"{rows.__name__}(rows=[0, 1, 2, 3")


def test_functions_that_call_the_application() -> None:
    """What a stack ends at are functions of these names; where one has another name, stacks are longer."""
    assert {("concurrent.futures.thread", "_worker"), ("concurrent.futures.process", "_process_worker")} <= stacks.ENDS
    newer = {("concurrent.futures.thread", "WorkerContext.run")} if sys.version_info < (3, 14) else set()
    for module, name in stacks.ENDS - newer:
        function = importlib.import_module(module)
        for part in name.split("."):
            function = getattr(function, part)
        assert (function.__module__, function.__qualname__) == (module, name)


def test_who_sets_the_client() -> None:
    """`sentry_sdk.init` gives the global scope its client by `set_client`; an integration that is installed is given to
    each client, and asks the current one whether it is to work.
    """
    source = inspect.getsource(sentry_sdk._init_implementation._init)
    assert "sentry_sdk.get_global_scope().set_client(client)" in source
    source = inspect.getsource(sentry_sdk.integrations.setup_integrations)
    assert "if identifier not in _processed_integrations:" in source
    assert "if identifier in _installed_integrations" in source
    assert "self.integrations.get(" in inspect.getsource(sentry_sdk.client._Client.get_integration)


def test_what_the_integration_of_aiohttp_replaces() -> None:
    """The functions that sentry-sdk puts into aiohttp's server know by these names what was there before."""
    application, dispatcher = aiohttp.web.Application, aiohttp.web.UrlDispatcher
    before = application._handle, dispatcher.resolve, aiohttp.ClientSession.__init__
    try:
        with ignored_loggers.unchanged(other_setups.SERVER_LOG):
            sentry_sdk.integrations.aiohttp.AioHttpIntegration.setup_once()
            assert any(other_setups.SERVER_LOG in names for names in SETS)
            assert (application._handle, dispatcher.resolve) != before[:2]
            put_back = other_setups.free_server()
            assert (application._handle, dispatcher.resolve) == before[:2]
            assert not any(other_setups.SERVER_LOG in names for names in SETS)
            put_back()
            assert (application._handle, dispatcher.resolve) != before[:2]
    finally:
        application._handle, dispatcher.resolve, aiohttp.ClientSession.__init__ = before


def test_ticks_are_published_while_a_timeout_is_handled() -> None:
    """ASAB publishes ticks where it handles the TimeoutError of a waiting time, and handles none elsewhere there."""
    assert asab.application.__name__ == errors.TICKING
    before, behind = inspect.getsource(asab.application).split("except asyncio.TimeoutError:")
    assert 'publish("Application.tick!")' not in before
    assert behind.lstrip().startswith('self.PubSub.publish("Application.tick!")')


def test_client_sessions_are_watched_by_a_trace_config() -> None:
    """The SDK makes a trace configuration of aiohttp by `create_trace_config` for each session, without failures."""
    module = sentry_sdk.integrations.aiohttp
    assert "create_trace_config()" in inspect.getsource(module.AioHttpIntegration.setup_once)
    assert not module.create_trace_config().on_request_exception


def test_requests_of_http_client_have_their_breadcrumb_on_the_connection() -> None:
    """The SDK keeps what it will tell of a request with the connection, and tells of it also where no answer comes."""
    source = inspect.getsource(sentry_sdk.integrations.stdlib)
    assert f"self.{outgoing_clients.DATA} = breadcrumb" in source
    assert "add_http_breadcrumb(None, breadcrumb)" in source


def test_coroutine_of_a_task() -> None:
    """`Task._coro` is the coroutine; it can be asked for after an eager task is over, where `get_coro()` cannot."""

    async def nothing() -> None:
        pass

    async def main() -> None:
        coroutine = nothing()
        task = asyncio.create_task(coroutine)
        assert task._coro is coroutine is task.get_coro()
        await task
        if sys.version_info >= (3, 12):
            task = asyncio.eager_task_factory(asyncio.get_running_loop(), nothing())
            assert task.done()
            assert task._coro is None
            await task

    asyncio.run(main())


def test_context_of_what_the_loop_runs() -> None:
    """A handle runs what it is for in its `_context`, in a function whose only argument is itself."""
    assert list(inspect.signature(asyncio.Handle._run).parameters) == ["self"]
    assert "self._context.run(self._callback, *self._args)" in inspect.getsource(asyncio.Handle._run)
    context = contextvars.copy_context()
    loop = asyncio.new_event_loop()
    assert asyncio.Handle(print, (), loop, context)._context is context
    loop.close()


def test_all_functions_that_replace_the_process_call_two() -> None:
    """What `os` has beside these looks them up in the module when it is called."""
    called = {*ends.EXECS, "execvpe", "execvp", "_execvpe"}
    for name in {name for name in dir(os) if name.startswith("exec")} - set(ends.EXECS):
        assert called.intersection(getattr(os, name).__code__.co_names), name
    assert set(ends.EXECS) <= set(os._execvpe.__code__.co_names)


def test_children_end_by_exit_of_os() -> None:
    """A forked child of `multiprocessing` looks `_exit` up in `os` when it ends."""
    assert "_exit" in multiprocessing.popen_fork.Popen._launch.__code__.co_names


def test_interpreter_waits_for_threads_in_a_function_of_threading() -> None:
    """By its name the main thread is known to wait for others at the end."""
    assert "threading" in threading._shutdown.__module__
    assert threading._shutdown.__code__.co_name == "_shutdown"


def test_lifespan() -> None:
    """What an application of ASGI raises when it is asked for its lifespan is captured by a method of its own."""
    source = inspect.getsource(sentry_sdk.integrations.asgi.SentryAsgiMiddleware)
    assert "def _capture_lifespan_exception(self, exc: Exception)" in source
    assert "self._capture_lifespan_exception(exc)" in source


def test_singletons() -> None:
    """Applications of ASAB are kept in the list of singletons."""
    assert type(asab.abc.singleton.Singleton._instances) is dict


def test_subscribers_that_are_coroutines() -> None:
    """PubSub wraps them in `_deliver_async`, behind which stand the loop and the function."""

    async def subscriber(message_type: str) -> None:
        pass

    loop = asyncio.new_event_loop()
    app = types.SimpleNamespace(Loop=loop)
    pubsub = asab.PubSub(app)
    pubsub.subscribe("x", subscriber)
    (called,) = pubsub._callback_iter("x")
    loop.close()
    assert (called.func, called.args) == (asab.pubsub._deliver_async, (loop, subscriber))


def test_configuration_of_asab() -> None:
    """It is read by `_load`, and has a view of each section in `_proxies`, as that of Python has."""
    config = asab.config.ConfigParser()
    config.add_section("x")
    assert callable(config._load)
    assert type(config._proxies["x"]) is type(config["DEFAULT"])


def test_where_scopes_are() -> None:
    """Scopes are in context variables, but for the one of the process."""
    scope = sentry_sdk.scope
    assert scope._global_scope is None or isinstance(scope._global_scope, sentry_sdk.Scope)
    with sentry_sdk.isolation_scope() as isolation, sentry_sdk.new_scope() as current:
        assert (scope._isolation_scope.get(), scope._current_scope.get()) == (isolation, current)


def test_what_is_asked_of_spans() -> None:
    """sentry-sdk asks the current span for its headers by these names, and a scope has the source of its name."""
    source = inspect.getsource(sentry_sdk.Scope)
    assert "._to_traceparent()" in source
    assert "._to_baggage()" in source
    assert sentry_sdk.Scope()._transaction_info == {}
    if version.THREE:
        span = sentry_sdk.traces.NoOpSpan
        assert {"_segment", "_iter_headers", "_get_trace_context"} <= {*dir(span), *span.__init__.__code__.co_names}


def test_breadcrumb_of_a_connection() -> None:
    """sentry-sdk keeps with a connection what it will tell of its request."""
    assert 'getattr(self, "_sentrysdk_breadcrumb", None)' in inspect.getsource(sentry_sdk.integrations.stdlib)


def test_body_that_was_read() -> None:
    """A request keeps its body as `_read_bytes`, which is None until it was asked for."""
    assert aiohttp.test_utils.make_mocked_request("GET", "/")._read_bytes is None


@pytest.mark.filterwarnings("ignore:'asyncio.get_event_loop_policy' is deprecated:DeprecationWarning")  # in 3.14
def test_current_loop_of_a_thread() -> None:
    """The policy of event loops keeps the current loop in `_local`, where it may be looked at without making one."""
    loop = asyncio.new_event_loop()
    before = asyncio.get_event_loop_policy()._local._loop
    asyncio.set_event_loop(loop)
    assert asyncio.get_event_loop_policy()._local._loop is loop
    asyncio.set_event_loop(before)
    loop.close()


def test_private_names_of_python() -> None:
    """Stacks can be asked for, and `_io` is there to be imported at the end of the interpreter."""
    assert sys._getframe() is sys._current_frames()[threading.get_ident()]
    assert sys.modules["_io"].open is open


def test_what_a_scope_has() -> None:
    """A scope keeps its user and its attributes, which publicly can only be set, by these names."""
    scope = sentry_sdk.Scope()
    scope.set_user({"id": "7"})
    scope.set_attribute("a", "b")
    assert (scope._user, scope._attributes) == ({"id": "7"}, {"a": "b"})


def test_handler_of_a_route() -> None:
    """A route calls what is its `_handler` when a request comes."""

    async def handler(request: aiohttp.web.Request) -> aiohttp.web.Response:
        return aiohttp.web.Response()

    route = aiohttp.web.UrlDispatcher().add_get("/", handler)
    assert route._handler is route.handler is handler


def test_names_of_ignored_loggers() -> None:
    """What sentry-sdk is to ignore is in sets of these names."""
    kept = vars(sentry_sdk.integrations.logging)
    names = ("_IGNORED_LOGGERS_EVENTS",) if version.THREE else ("_IGNORED_LOGGERS",)
    assert [kept[name] for name in (*names, "_IGNORED_LOGGERS_SENTRY_LOGS")] == [*SETS, *ignored_loggers.OF_LOGS]
