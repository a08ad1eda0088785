"""The client under test: run once to its end, stopped where a fault says so, and started again with the store that it keeps."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from simulator.engine.interruptions import is_from_outside
from simulator.lab import leftovers
from simulator.lab.virtual_time import VirtualLoop
from simulator.lab.words import shortened

IDEMPOTENCY_HEADERS = frozenset(["idempotency-key", "x-idempotency-key"])
MAX_REQUESTS = 1000  # of one run
MAX_STARTS = 20
MAX_TEXT = 500  # characters of what a client returned or raised, in a story


class Stopped(BaseException):
    """The client is stopped here; not an Exception, so that clients do not handle it."""


class TooManyRequests(BaseException):
    """The client sends more requests than a run may have."""

    def __str__(self) -> str:
        return f"more than {MAX_REQUESTS} requests"


class Signals:
    """What the libraries that send the client's requests tell the lab, before and after each request.

    `in_process` counts the requests without a socket, `observed` all of which `answered` hears.
    """

    def __init__(self) -> None:
        self.in_process = 0
        self.observed = 0
        self.is_active = False
        self._stop_at: frozenset[str] = frozenset()
        self._is_stopped = False
        self._sent = 0
        self.keyed: list[bool] = []  # of each request of the run, whether it has an idempotency key

    def begin(self, stop_at: frozenset[str]) -> None:
        """Begin a run; the client is stopped by responses to which one of these rules applied."""
        self.is_active, self._stop_at, self._is_stopped, self._sent, self.keyed = True, stop_at, False, 0, []

    def restart(self) -> None:
        """Let a client that was stopped send requests again."""
        self._is_stopped = False

    def stop(self) -> None:
        """Let the client send nothing more, as its programs were killed."""
        self._is_stopped = True

    @property
    def is_stopped(self) -> bool:
        """Whether the client was stopped, and not started again."""
        return self._is_stopped

    def end(self) -> None:
        """End the hunt."""
        self.is_active, self._stop_at, self._is_stopped = False, frozenset(), False

    def sending(self, headers: Iterable[str]) -> None:
        """Note a request, and stop what a stopped client still tries, such as in a `finally` block.

        `headers` are the names of its headers, in any case.

        Raises:
            Stopped, TooManyRequests: no request may be sent.
        """
        if self._is_stopped:
            raise Stopped
        self._sent += 1
        self.keyed.append(not IDEMPOTENCY_HEADERS.isdisjoint(map(str.lower, headers)))
        if self.is_active and self._sent > MAX_REQUESTS:
            raise TooManyRequests

    def answered(self, rule: str, *, in_process: bool) -> None:
        """Count a response, and stop the client where the rule that applied says so.

        Raises:
            Stopped: the client is to be stopped here.
        """
        self.observed += 1
        self.in_process += in_process
        if rule in self._stop_at:
            self._stop_at -= {rule}
            self._is_stopped = True
            raise Stopped


Shown = Callable[[str], str]  # replaces what is secret in a text of the client


class Outcome(NamedTuple):
    """How a run of the client ended."""

    returned: Any
    error: BaseException | None
    store: Any
    starts: int
    shown: Shown = str

    @property
    def text(self) -> str:
        """The outcome in words, without secrets."""
        if self.error is not None:
            said = next(iter(str(self.error).strip().splitlines()), "")
            text = shortened(self.shown(said), MAX_TEXT)
            return f"the client raised {type(self.error).__name__}{f': {text}' if text else ''}"
        if self.returned is None:
            return "the client returned"
        return f"the client returned {shortened(self.shown(repr(self.returned)), MAX_TEXT)}"


class Client:
    """A callable, synchronous or not, with the store that outlives its crashes."""

    def __init__(
        self, function: Callable[..., Any], store: Callable[[], Any] | None, signals: Signals, shown: Shown = str
    ) -> None:
        """Call `function` for each run, with a new store if `store` makes one; `shown` removes secrets from what it says."""
        self._function, self._make_store, self._signals, self._shown = function, store, signals, shown
        self._error: BaseException | None = None  # with which the last run ended

    def new_store(self) -> Any:
        """Return what the client keeps over its crashes, as it is at the beginning; None if it keeps nothing."""
        if self._make_store is None:
            return None
        if self._error is not None:
            leftovers.close(self._error)  # a database that the last run left locked could not be emptied
            self._error = None
        return self._make_store()

    def run(self, store: Any) -> Outcome:
        """Run the client to its end.

        Raises:
            BaseException: what is neither an error of the client nor a crash, such as a KeyboardInterrupt.
        """
        arguments = () if self._make_store is None else (store,)
        for start in range(1, MAX_STARTS + 1):
            returned: Any = None
            error: BaseException | None = None
            try:
                returned = self._call(arguments)
            except BaseException as raised:  # noqa: BLE001  (whatever it raises is how it ends)
                error = _ending(raised)
            if not (self._signals.is_stopped or isinstance(error, Stopped)):
                self._error = error
                return Outcome(returned, error, store, start, self._shown)
            if self._make_store is not None:
                leftovers.close(error)
            self._signals.restart()
        raise RuntimeError(f"the client was started {MAX_STARTS} times, and stopped each time")

    def _call(self, arguments: tuple[Any, ...]) -> Any:
        result = self._function(*arguments)
        if not inspect.isawaitable(result):
            return result
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return _finish(result)
        return _in_thread(result)


def _ending(error: BaseException) -> BaseException:
    """Return what a client ends with.

    Raises:
        BaseException: it is no end of the client, such as a KeyboardInterrupt.
    """
    if isinstance(error, (Exception, Stopped, TooManyRequests)):
        return error
    if isinstance(error, BaseExceptionGroup) and error.subgroup(Stopped) is not None:  # tasks of a group were stopped
        return Stopped().with_traceback(error.__traceback__)
    if _is_failure_of_pytest(error):
        return AssertionError(str(error))
    raise error


def _is_failure_of_pytest(error: BaseException) -> bool:
    """Return whether the client called `pytest.fail`; what the timeout of a test raises is no failure of the client."""
    return type(error).__module__ == "_pytest.outcomes" and type(error).__name__ == "Failed" and not is_from_outside(error)


def _finish(awaitable: Any) -> Any:
    async def main() -> Any:
        return await awaitable

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


def _in_thread(awaitable: Any) -> Any:
    """Finish an awaitable in a thread, as this one has a running event loop."""
    results: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            results.append(_finish(awaitable))
        except BaseException as error:  # noqa: BLE001  (it is raised in the other thread)
            errors.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
