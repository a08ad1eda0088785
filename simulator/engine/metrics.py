"""What a server counts of its requests, as text in the OpenMetrics format, with the names of OpenTelemetry.

The number of series is bounded whatever is sent: once there is no room for the histogram of another operation and status, its
requests are counted in one that has no label but `otel_metric_overflow`, as OpenTelemetry's SDKs do it.

The format: https://prometheus.io/docs/specs/om/open_metrics_spec/
The names: https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from simulator.engine.access import Access, Kind
from simulator.engine.worlds import Worlds
from simulator.openapi.head import METHODS as NAMES

MEDIA = "application/openmetrics-text; version=1.0.0; charset=utf-8"

MAX_SERIES = 200  # lines with a value
BUCKETS = (
    0.001,
    0.01,
    0.1,
    1.0,
)  # upper bounds in seconds; OpenTelemetry's begin at 0.005, above most requests here
MAX_PROVIDERS = 8  # whose rules are counted apart
OTHERS = 4 + MAX_PROVIDERS + 1  # series that are no part of a histogram
MAX_HISTOGRAMS = (MAX_SERIES - OTHERS) // (len(BUCKETS) + 3) - 1  # each has +Inf, a count and a sum; one is for the rest
MAX_CONTROL = 6  # of the histograms, for operations of the control API: tests call many before they call a provider

CONTROL = "_simulator"
METHODS = frozenset(name.upper() for name in NAMES)
OTHER_METHOD = "_OTHER"  # OpenTelemetry's word for a method that HTTP does not define
REST = (("otel_metric_overflow", "true"),)

Labels = Iterable[tuple[str, str]]


class Histogram:
    """How long the requests of one kind took."""

    __slots__ = ("counts", "sum")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.sum = 0.0

    def note(self, seconds: float) -> None:
        """Count a request."""
        self.counts[bisect_left(BUCKETS, seconds)] += 1
        self.sum += seconds


class Metrics:
    """Counts requests, and shows the counts beside what the worlds hold."""

    def __init__(self, version: str) -> None:
        self._version = version
        self._histograms: dict[tuple[str, str, int], Histogram] = {}  # by method, operation or provider, and status
        self._labels: dict[tuple[str, str, int], Labels] = {}
        self._rest: Histogram | None = None
        self._control = 0  # histograms of the control API
        self.dropped: Callable[[], int] | None = None  # set by a server that has a log: lines that were dropped

    def note(self, access: Access) -> None:
        """Count a request that was answered."""
        method = access.method if access.method in METHODS else OTHER_METHOD
        operation = access.kind.operation_name or access.kind.provider
        kind = (method, operation, access.kind.status)
        histogram = self._histograms.get(kind)
        if histogram is None:
            histogram = self._new(kind, access.kind)
        histogram.note(access.seconds)

    def _new(self, kind: tuple[str, str, int], ending: Kind) -> Histogram:
        """Return a histogram for a new kind of requests, or the one for the rest."""
        is_control = ending.operation.startswith(f"{CONTROL}.")
        if len(self._histograms) >= MAX_HISTOGRAMS or (is_control and self._control >= MAX_CONTROL):
            self._rest = self._rest or Histogram()
            return self._rest
        self._control += is_control
        self._labels[kind] = (
            ("http_request_method", kind[0]),
            ("http_response_status_code", str(ending.status)),
            ("operation", ending.operation_name),
            ("provider", CONTROL if is_control else ending.provider),
        )
        self._histograms[kind] = Histogram()
        return self._histograms[kind]

    def text(self, worlds: Worlds) -> str:
        """Return all series in the OpenMetrics format."""
        return "".join(f"{line}\n" for line in (*self._lines(worlds), "# EOF"))

    def _lines(self, worlds: Worlds) -> Iterator[str]:
        yield from _family("target", "info", "The simulator.")
        yield _sample("target_info", (("service_name", "provider-simulator"), ("service_version", self._version)), 1)
        duration = "http_server_request_duration_seconds"
        yield from _family(duration, "histogram", "Time to answer a request, without the delays of rules.", "seconds")
        for kind, histogram in self._histograms.items():
            yield from _histogram(duration, self._labels[kind], histogram)
        if self._rest is not None:
            yield from _histogram(duration, REST, self._rest)
        usage = worlds.usage()
        yield from _family("simulator_worlds", "gauge", "Worlds that exist.")
        yield _sample("simulator_worlds", (), usage["worlds"]["used"])
        yield from _family("simulator_journal_size_bytes", "gauge", "Size of the request logs of all worlds.", "bytes")
        yield _sample("simulator_journal_size_bytes", (), usage["journal_bytes"]["used"])
        yield from _family("simulator_rules_fired", "counter", "Requests and webhooks that a scenario rule changed.")
        yield from _rules(worlds.rules_fired)
        if self.dropped is not None:
            yield from _family(
                "simulator_log_dropped", "counter", "Log lines that were dropped because the log was not read fast enough."
            )
            yield _sample("simulator_log_dropped_total", (), self.dropped())


def _rules(fired: Counter[str]) -> Iterator[str]:
    """Yield how many rules fired, by provider; the first ones have series of their own."""
    providers = list(fired)
    for provider in providers[:MAX_PROVIDERS]:
        yield _sample("simulator_rules_fired_total", (("provider", provider),), fired[provider])
    if rest := sum(fired[provider] for provider in providers[MAX_PROVIDERS:]):
        yield _sample("simulator_rules_fired_total", REST, rest)


def _family(name: str, kind: str, about: str, unit: str = "") -> Iterator[str]:
    yield f"# TYPE {name} {kind}"
    if unit:
        yield f"# UNIT {name} {unit}"
    yield f"# HELP {name} {about}"


def _histogram(name: str, labels: Labels, histogram: Histogram) -> Iterator[str]:
    total = 0
    for bound, total in zip((*map(str, BUCKETS), "+Inf"), accumulate(histogram.counts), strict=True):
        yield _sample(f"{name}_bucket", (*labels, ("le", bound)), total)
    yield _sample(f"{name}_count", labels, total)
    yield _sample(f"{name}_sum", labels, histogram.sum)


def _sample(name: str, labels: Labels, value: float) -> str:
    shown = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{shown}}} {value}" if shown else f"{name} {value}"


def _escaped(text: str) -> str:
    """Escape the value of a label: an operation is named by the document of its provider."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
