"""`datetime.now` and its like on the clock that a client has while it is hunted."""

from __future__ import annotations

import datetime as module
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, tzinfo
from types import ModuleType
from typing import Any

OURS = ("simulator", "_pytest", "pytest", "hypothesis", "datetime", "_pydatetime")  # packages that keep real time
NAMES = ("datetime", "date", "dt")  # under which modules know these classes, or the module that has them


@contextmanager
def virtual_dates(offset: Callable[[], float]) -> Iterator[None]:
    """Replace `datetime` and `date` in the modules that import them, until the end of the block.

    Their instances are as before: only what asks for the present time gets another one, by `offset` in seconds. The module
    `datetime` itself stays as it is, as pickle and what is imported meanwhile look there.
    """
    in_place_of_module = ModuleType("datetime", module.__doc__)
    stand_ins: dict[Any, Any] = {
        datetime: _stand_in_for_datetime(offset),
        date: _stand_in_for_date(offset),
        module: in_place_of_module,
    }
    vars(in_place_of_module).update({**vars(module), "datetime": stand_ins[datetime], "date": stand_ins[date]})
    replaced = []
    try:
        for place, name, original in _imports():
            replaced.append((place, name, original))
            setattr(place, name, stand_ins[original])
        yield
    finally:
        for place, name, original in replaced:
            setattr(place, name, original)


def _imports() -> Iterator[tuple[ModuleType, str, Any]]:
    """Yield the modules that import what is replaced, with the name under which they know it."""
    for path, loaded in list(sys.modules.items()):
        if path.partition(".")[0] not in OURS and isinstance(loaded, ModuleType):
            for name in NAMES:
                known = vars(loaded).get(name)
                if known is datetime or known is date or known is module:
                    yield loaded, name, known


class _StandIn(type):
    """The class of a stand-in, which takes the instances of the class behind it for its own."""

    real: type

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, cls.real)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls.real)

    def __eq__(cls, other: object) -> bool:
        return other is cls or other is cls.real

    def __hash__(cls) -> int:
        return hash(cls.real)


def _stand_in_for_datetime(offset: Callable[[], float]) -> type:
    class VirtualDatetime(datetime, metaclass=_StandIn):
        real = datetime

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            return datetime(*arguments, **named)

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            then = datetime.now(UTC) + timedelta(seconds=offset())  # a local time may be another summer time
            return then.astimezone().replace(tzinfo=None) if tz is None else then.astimezone(tz)

        @classmethod
        def utcnow(cls) -> Any:
            return cls.now(UTC).replace(tzinfo=None)

        @classmethod
        def today(cls) -> Any:
            return cls.now()

    return VirtualDatetime


def _stand_in_for_date(offset: Callable[[], float]) -> type:
    class VirtualDate(date, metaclass=_StandIn):
        real = date

        def __new__(cls, *arguments: Any, **named: Any) -> Any:
            return date(*arguments, **named)

        @classmethod
        def today(cls) -> Any:
            return (datetime.now(UTC) + timedelta(seconds=offset())).astimezone().date()

    return VirtualDate
