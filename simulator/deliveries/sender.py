"""One request to a receiver, over HTTP or straight into an application of the test."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from simulator.deliveries.addresses import ForbiddenAddress, resolve
from simulator.deliveries.receivers import is_asgi
from simulator.engine.deliveries import MAX_ANSWER, Outcome, Shipment
from simulator.store.receivers import Receivers

if TYPE_CHECKING:
    import httpx

MAX_STATUS = 599
MAX_READ = 64 * 1024  # bytes of an answer
NOT_INSTALLED = "webhooks are sent with httpx, which is not installed: pip install 'provider-simulator[webhooks]'"

# What a webhook's own settings must not change: they would break the request.
_FRAMING = frozenset(["host", "content-length", "transfer-encoding", "connection", "expect", "upgrade", "te", "trailer"])


# RFC 9110, section 5.5 and 5.6.2; values are ASCII, as httpx sends them.
_NAME, _VALUE = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"), re.compile(r"([!-~]([ \t!-~]*[!-~])?)?")


class IllegalHeader(Exception):
    """A webhook has a header that HTTP does not allow; the text names it without its value, which may be a secret."""


class WebhookRequest(msgspec.Struct, frozen=True):
    """A webhook as a function of the test gets it."""

    url: str
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    event: str

    def json(self) -> Any:
        """Return the decoded body."""
        return msgspec.json.decode(self.body)


Target = Callable[..., Any]
"""An ASGI application, or a function of a `WebhookRequest` that returns a status, or None for 200."""


class Sender(Protocol):
    """Something that can send a request to a receiver."""

    async def send(self, shipment: Shipment) -> Outcome:
        """Send it, and return what came of it; never raises."""

    async def close(self) -> None:
        """Close all connections."""


class HttpSender:
    """Sends over HTTP: to allowed addresses only, without redirects, proxies or anything from the environment."""

    def __init__(self, receivers: Receivers) -> None:
        """Prepare connections; each is used once, so that it always leads to the address that was checked for it.

        Therefore each has a pool of its own: one that is shared looks through all its connections at each request.

        Raises:
            ModuleNotFoundError: httpx is not installed.
        """
        import httpx  # noqa: PLC0415  (an extra)

        self._httpx = httpx
        self._receivers = receivers
        self._tls = httpx.create_ssl_context(trust_env=False)
        self._client = httpx.AsyncClient(verify=self._tls, trust_env=False, timeout=None)  # noqa: S113  (`send` has one)

    async def send(self, shipment: Shipment) -> Outcome:
        """Send a request within its timeout."""
        try:
            async with asyncio.timeout(shipment.dialect.timeout):
                return await self._send(shipment)
        except TimeoutError:
            return Outcome(error=_silence(shipment))
        except ForbiddenAddress as error:
            return Outcome(error=f"not sent: {error}")
        except IllegalHeader as error:
            return Outcome(error=f"not sent: {error}")
        except (self._httpx.HTTPError, self._httpx.InvalidURL, OSError, ValueError) as error:
            return Outcome(error=f"{type(error).__name__}: {error}")

    async def _send(self, shipment: Shipment) -> Outcome:
        url = self._httpx.URL(shipment.delivery.url)
        port = (443 if url.scheme == "https" else 80) if url.port is None else url.port
        _check(shipment)
        address = await resolve(url.host, port, self._receivers)
        request = self._client.build_request(
            "POST",
            url.copy_with(host=address, port=port, username=None, password=None, fragment=None),
            headers={**_headers(shipment), "Host": url.netloc.decode("ascii")},
            content=shipment.attempt.body,
            extensions={"sni_hostname": url.host},
        )
        async with self._httpx.AsyncHTTPTransport(verify=self._tls, trust_env=False) as connection:
            response = await connection.handle_async_request(request)
            try:
                return Outcome(response.status_code, await _beginning(response))
            finally:
                await response.aclose()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()


class TargetSender:
    """Hands requests to an ASGI application or a function in this process."""

    def __init__(self, target: Target) -> None:
        """Take a target.

        Raises:
            TypeError: it is neither an ASGI application nor a function of one request.
        """
        self._target = target
        self._is_app = is_asgi(target)
        self.raised: list[BaseException] = []  # by the target: the test must hear of it
        self.calls = 0  # that are under way

    async def send(self, shipment: Shipment) -> Outcome:
        """Call the target, and wait as long as the provider does."""
        self.calls += 1
        limit = asyncio.timeout(shipment.dialect.timeout)
        try:
            async with limit:
                if self._is_app:
                    return await self._to_app(shipment)
                answer = self._target(_request(shipment))
                return Outcome(_status(await answer if inspect.isawaitable(answer) else answer))
        except BaseException as error:  # whatever the code of the test raises, such as what pytest.fail() does
            if limit.expired():
                return Outcome(error=_silence(shipment))
            if _is_cancelled():
                raise
            self.raised.append(error)
            return Outcome(error=f"{type(error).__name__}: {error}")
        finally:
            self.calls -= 1

    async def _to_app(self, shipment: Shipment) -> Outcome:
        import httpx  # noqa: PLC0415  (an extra)

        async with httpx.AsyncClient(transport=httpx.ASGITransport(self._target), trust_env=False) as client:
            response = await client.post(shipment.delivery.url, content=shipment.attempt.body, headers=_headers(shipment))
        return Outcome(response.status_code, response.text[:MAX_ANSWER])

    async def close(self) -> None:
        """Close nothing."""


def _silence(shipment: Shipment) -> str:
    """Return the error of an attempt that the receiver did not answer in time."""
    return f"no answer within {shipment.dialect.timeout:g} s"


async def _beginning(response: httpx.Response) -> str:
    """Return the beginning of a body; the rest is not read."""
    read = b""
    async for chunk in response.aiter_raw():
        read += chunk
        if len(read) >= MAX_READ:
            break
    return read[:MAX_ANSWER].decode("utf-8", "replace")


def _check(shipment: Shipment) -> None:
    """Refuse to send headers that HTTP does not allow.

    Raises:
        IllegalHeader: a name or a value is not one.
    """
    for name, value in _headers(shipment).items():
        if not _NAME.fullmatch(name):
            raise IllegalHeader(f"{name!r} is not the name of a header")
        if not _VALUE.fullmatch(value):
            raise IllegalHeader(f"the header {name} has a value that HTTP does not allow, such as a line break at its end")


def _headers(shipment: Shipment) -> dict[str, str]:
    return {name: value for name, value in shipment.attempt.headers if name.lower() not in _FRAMING}


def _request(shipment: Shipment) -> WebhookRequest:
    """Return a request as a function of the test gets it."""
    headers = {name.lower(): value for name, value in shipment.attempt.headers}
    if not _FRAMING.isdisjoint(headers):
        headers = {name: value for name, value in headers.items() if name not in _FRAMING}
    return WebhookRequest(shipment.delivery.url, headers, shipment.attempt.body, shipment.delivery.event)


def _status(answer: Any) -> int:
    """Return the status that a function returned.

    Raises:
        TypeError: it is something else.
    """
    if answer is None:
        return 200
    if type(answer) is bool or not isinstance(answer, int) or not 100 <= answer <= MAX_STATUS:
        raise TypeError(f"the receiver returned {answer!r}, expected a status such as 204, or None for 200")
    return int(answer)


def _is_cancelled() -> bool:
    """Return whether the task that sends a webhook is to end, as the simulator is closed."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
