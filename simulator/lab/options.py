"""The options of a hunt, checked before it begins: what is found must not be lost to a fault of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from simulator.lab.client import Shown
from simulator.lab.kinds import KINDS, chosen
from simulator.lab.schedule import OPERATION
from simulator.lab.story import NOWHERE, Place

FORM = "provider.operation_id, such as vantax.purchase_phone_number"


@dataclass(frozen=True)
class Options:
    """The options of a hunt, as `world.hunt` takes them."""

    once: str | Sequence[str] | None = None
    deepest: int = 2
    budget: int | None = None
    faults: str | Sequence[str] | None = None
    knows: Callable[..., Any] | bool = False
    spend: Decimal | float | str | None = None
    invariants: Sequence[Callable[..., Any]] = ()
    store: Callable[[], Any] | None = None
    save_as: Path | str | None = None
    receiver: Callable[..., Any] | str | None = None
    settles: Callable[..., Any] | None = None
    replay: str = ""
    place: Place = NOWHERE
    shown: Shown = str  # removes what is secret in what the client says

    def __post_init__(self) -> None:
        """Check the options.

        Raises:
            ValueError: one of them is invalid.
        """
        check_count("deepest", self.deepest)
        if self.budget is not None:
            check_count("budget", self.budget)
        if self.once is not None:
            operations_of(self.once)
        if self.spend is not None:
            amount_of(self.spend)
        if self.save_as is not None:
            check_file("save_as", self.save_as)
        self._check_faults()
        self._check_functions()

    def _check_faults(self) -> None:
        of_events = self.receiver is not None
        if self.faults is not None and not self.faults:
            kinds = [name for name, kind in KINDS.items() if kind.is_event == of_events]
            raise ValueError(f"faults is empty, expected some of {', '.join(kinds)}")
        chosen(self.faults, of_events=of_events)

    def _check_functions(self) -> None:
        check_functions("invariants", self.invariants, "of the world, or of the world and the store")
        if not isinstance(self.knows, bool):
            check_function("knows", self.knows, "that returns the numbers that the client knows of, or True")
        if self.store is not None:
            check_function("store", self.store, "that makes what the client keeps, such as dict")
        if self.settles is not None:
            check_function("settles", self.settles, "that returns what the receiver has made of its webhooks")
            if self.receiver is None:
                raise ValueError("settles is for receivers of webhooks; expected receiver beside it")
        if self.receiver is not None and not isinstance(self.receiver, str):
            check_function("receiver", self.receiver, "that takes webhooks, an ASGI application, or a URL")


def check_count(name: str, value: Any) -> None:
    """Require an integer from 1 on.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is {value!r}, expected an integer from 1 on")


def check_function(name: str, value: Any, purpose: str) -> None:
    """Require a function.

    Raises:
        ValueError: it is none; the text has its purpose.
    """
    if not callable(value):
        raise ValueError(f"{name} is {value!r}, expected a function {purpose}")


def check_functions(name: str, values: Any, purpose: str) -> None:
    """Require a list of functions.

    Raises:
        ValueError: it is none, or one of them is no function.
    """
    if callable(values) or not isinstance(values, Iterable):
        raise ValueError(f"{name} is {values!r}, expected a list of functions {purpose}")
    for index, value in enumerate(values):
        check_function(f"{name}[{index}]", value, purpose)


def operations_of(once: Any) -> list[str]:
    """Return the operations of `once`, which is one or several.

    Raises:
        ValueError: one of them is no full name of an operation, or there is none.
    """
    names = [once] if isinstance(once, str) else list(once)
    for name in names:
        if not isinstance(name, str) or not OPERATION.fullmatch(name):
            raise ValueError(f"once has {name!r}, expected {FORM}")
    if not names:
        raise ValueError(f"once is empty, expected {FORM}")
    return names


def amount_of(spend: Any) -> Decimal:
    """Return an amount in USD.

    Raises:
        ValueError: it is none, or less than 0.
    """
    try:
        amount = Decimal(str(spend))
    except InvalidOperation:
        amount = Decimal("nan")
    if not amount.is_finite() or amount < 0:
        raise ValueError(f"spend is {spend!r}, expected an amount in USD, such as 20")
    return amount


def check_file(name: str, path: Path | str) -> None:
    """Require the name of a file that can be written.

    Raises:
        ValueError: it is a folder, or in a folder that does not exist.
    """
    if Path(path).is_dir():
        raise ValueError(f"{name} is the folder {str(path)!r}, expected the name of a file")
    if not Path(path).parent.is_dir():
        raise ValueError(f"{name} is {str(path)!r}, but there is no folder {str(Path(path).parent)!r}; make it before the hunt")
