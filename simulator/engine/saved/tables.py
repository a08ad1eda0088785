"""Reads the tables of a document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from simulator.documents import suggestion
from simulator.engine.saved.format import RowPart, SeededPart, TablePart
from simulator.engine.saved.parts import Misfit, convert, misfit
from simulator.engine.saved.records import NotPlain, record_type, subtype
from simulator.store.records import Record, Row
from simulator.store.tables import Table
from simulator.store.timers import Timers


class TableReader:
    """Reads rows; `is_strict` refuses fields that a record does not have, which one of another version may have had."""

    def __init__(self, *, is_strict: bool) -> None:
        self._is_strict = is_strict

    def fill(self, table: Table[Any] | Timers, part: TablePart) -> None:
        """Put the rows of a part into a table.

        Raises:
            Misfit: a row cannot be one of the table.
        """
        rows = self._rows(part.rows, table.record, "rows")
        highest = max((row.sequence for row in rows), default=0)
        if highest > part.sequence:
            raise Misfit(f"the sequence is {part.sequence}, expected at least {highest}, that of the newest row", "sequence")
        table.fill(rows, part.sequence)

    def seeded(self, table: Table[Any], part: SeededPart) -> dict[str, Row[Any]]:
        """Return the rows that a table began with.

        Raises:
            Misfit: a row is not in the table, or cannot be one of it.
        """
        rows = {}
        for index, key in enumerate(part.same):
            row = table.row(key)
            if row is None:
                raise Misfit(f"{table.name} has no row {key!r}{suggestion(key, table.rows())}", "same", index)
            rows[key] = row
        return {**rows, **{row.record.id: row for row in self._rows(part.others, table.record, "others")}}

    def _rows(self, values: Iterable[Any], base: type[Record], member: str) -> list[Row[Any]]:
        rows: list[Row[Any]] = []
        ids: set[str] = set()
        places: set[int] = set()
        for index, value in enumerate(values):
            row = self._row(value, base, member, index)
            if row.record.id in ids or row.sequence in places:
                what = f"the id {row.record.id!r}" if row.record.id in ids else f"the sequence {row.sequence}"
                raise Misfit(f"{what} appears twice, expected once", member, index)
            ids.add(row.record.id)
            places.add(row.sequence)
            rows.append(row)
        return rows

    def _row(self, value: Any, base: type[Record], *pointer: str | int) -> Row[Any]:
        part = convert(value, RowPart, *pointer)
        kind = subtype(base, part.type) if part.type else base
        if kind is None:
            raise Misfit(
                f"{part.type!r} is not a type of records here, expected {base.__name__} or one like it", *pointer, "type"
            )
        try:
            known = record_type(kind)
            unknown = known.unknown(part.record) if self._is_strict else []
            if unknown:
                raise Misfit(f"unknown field {unknown[0]!r}{suggestion(unknown[0], known.names)}", *pointer, "record")
            return Row(part.sequence, known.record(part.record, part.as_is))
        except NotPlain as error:
            raise Misfit(str(error), *pointer) from None
        except msgspec.ValidationError as error:
            raise misfit(error, *pointer, "record") from None
