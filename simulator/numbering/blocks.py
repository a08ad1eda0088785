"""Blocks of numbers that regulators keep out of service, so that no client can call a real person; with their sources."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

Kind = Literal["local", "mobile", "toll-free"]
NORTH_AMERICA = ("CA", "US")


class Block(msgspec.Struct, frozen=True, gc=False):
    """Consecutive numbers: `prefix`, then a suffix of `width` digits that takes `size` values from `start`."""

    country: str
    kind: Kind
    area_code: str
    region: str
    locality: str
    prefix: str
    width: int
    start: int
    size: int

    @property
    def has_sms(self) -> bool:
        """Return whether its numbers send and receive texts: all in the US and Canada, mobile ones elsewhere."""
        return self.kind == "mobile" or self.country in NORTH_AMERICA

    def number(self, offset: int) -> str:
        """Return the number at `offset`, in E.164."""
        return f"{self.prefix}{self.start + offset:0{self.width}d}" if self.width else self.prefix


# North America: 555-0100 to 555-0199 are for fiction (ATIS-0300048, "555 NXX Assignment Guidelines"); of the remaining 555
# line numbers none was ever put in service but 555-1212, directory assistance (https://www.nanpa.com/numbering/555-line-numbers).
_NANP_LINES = ((100, 100), (0, 100), (200, 1012), (1213, 8787))
TOLL_FREE_CODES = ("800", "888", "877", "866", "855", "844", "833")

# Country, kind, region, city, national area code, prefix in E.164, digits after it: whole ranges published for drama use.
_DRAMA: tuple[tuple[str, Kind, str, str, str, str, int], ...] = (
    # Ofcom: https://www.ofcom.org.uk/phones-and-broadband/phone-numbers/numbers-for-drama
    ("GB", "local", "England", "London", "20", "+442079460", 3),
    ("GB", "local", "England", "Leeds", "113", "+441134960", 3),
    ("GB", "local", "England", "Sheffield", "114", "+441144960", 3),
    ("GB", "local", "England", "Nottingham", "115", "+441154960", 3),
    ("GB", "local", "England", "Leicester", "116", "+441164960", 3),
    ("GB", "local", "England", "Bristol", "117", "+441174960", 3),
    ("GB", "local", "England", "Reading", "118", "+441184960", 3),
    ("GB", "local", "England", "Birmingham", "121", "+441214960", 3),
    ("GB", "local", "Scotland", "Edinburgh", "131", "+441314960", 3),
    ("GB", "local", "Scotland", "Glasgow", "141", "+441414960", 3),
    ("GB", "local", "England", "Liverpool", "151", "+441514960", 3),
    ("GB", "local", "England", "Manchester", "161", "+441614960", 3),
    ("GB", "local", "England", "Newcastle upon Tyne", "191", "+441914980", 3),
    ("GB", "local", "Wales", "Cardiff", "29", "+442920180", 3),
    ("GB", "mobile", "", "", "7700", "+447700900", 3),
    # ACMA: https://www.acma.gov.au/phone-numbers-use-tv-shows-films-and-creative-works
    ("AU", "local", "NSW", "Sydney", "2", "+6125550", 4),
    ("AU", "local", "NSW", "Sydney", "2", "+6127010", 4),
    ("AU", "local", "VIC", "Melbourne", "3", "+6135550", 4),
    ("AU", "local", "VIC", "Melbourne", "3", "+6137010", 4),
    ("AU", "local", "QLD", "Brisbane", "7", "+6175550", 4),
    ("AU", "local", "QLD", "Brisbane", "7", "+6177010", 4),
    ("AU", "local", "WA", "Perth", "8", "+6185550", 4),
    ("AU", "local", "WA", "Perth", "8", "+6187010", 4),
    ("AU", "mobile", "", "", "491", "+61491570006", 0),
    ("AU", "mobile", "", "", "491", "+61491570110", 0),
    ("AU", "mobile", "", "", "491", "+61491570156", 0),
    ("AU", "mobile", "", "", "491", "+61491570157", 0),
    ("AU", "mobile", "", "", "491", "+61491570158", 0),
    ("AU", "mobile", "", "", "491", "+61491570159", 0),
    # ARCEP, decision 2018-0881, annex 1, 2.5.12: numbers for audiovisual works
    ("FR", "local", "Île-de-France", "Paris", "1", "+3319900", 4),
    ("FR", "local", "Nord-Ouest", "Rennes", "2", "+3326191", 4),
    ("FR", "local", "Nord-Est", "Strasbourg", "3", "+3335301", 4),
    ("FR", "local", "Sud-Est", "Marseille", "4", "+3346571", 4),
    ("FR", "local", "Sud-Ouest", "Bordeaux", "5", "+3353649", 4),
    ("FR", "mobile", "", "", "6", "+3363998", 4),
    # Bundesnetzagentur, Mitteilung 148/2021: Rufnummern für Medienproduktionen
    ("DE", "local", "Berlin", "Berlin", "30", "+493023125", 3),
    ("DE", "local", "Hessen", "Frankfurt am Main", "69", "+496990009", 3),
    ("DE", "local", "Hamburg", "Hamburg", "40", "+494066969", 3),
    ("DE", "local", "Nordrhein-Westfalen", "Köln", "221", "+492214710", 3),
    ("DE", "local", "Bayern", "München", "89", "+498999998", 3),
    ("DE", "mobile", "", "", "171", "+4917139200", 2),
    # ComReg 15/60, numbering conditions of use: 020 91x xxxx for drama
    ("IE", "local", "", "", "20", "+3532091", 5),
    # PTS: https://www.pts.se (telefonnummer för användning i böcker och filmer)
    ("SE", "local", "Stockholm", "Stockholm", "8", "+468465004", 2),
    ("SE", "local", "Västra Götaland", "Göteborg", "31", "+463139006", 2),
    ("SE", "local", "Skåne", "Malmö", "40", "+464062804", 2),
)


def all_blocks() -> list[Block]:
    """Return all blocks, sorted so that the blocks that match a search are adjacent."""
    return sorted([*_nanp(), *_drama()], key=_sort_key)  # The sort is stable: the lines of an area code keep their order.


def _nanp() -> Iterator[Block]:
    table = Path(__file__).with_name("data") / "areas.csv"
    with table.open(encoding="utf-8", newline="") as rows:
        for code, country, region, locality in list(csv.reader(rows))[1:]:
            prefix = f"+1{code}555"
            for start, size in _NANP_LINES:
                yield Block(country, "local", code, region, locality, prefix, 4, start, size)
    yield Block("US", "local", "500", "", "", "+1500555", 4, 6, 1)  # Twilio's test credentials can always buy this number.
    for code in TOLL_FREE_CODES:
        yield Block("US", "toll-free", code, "", "", f"+1{code}555", 4, 100, 100)


def _drama() -> Iterator[Block]:
    for country, kind, region, locality, area_code, prefix, width in _DRAMA:
        yield Block(country, kind, area_code, region, locality, prefix, width, 0, 10**width)


def _sort_key(block: Block) -> tuple[str, ...]:
    return (
        block.country,
        block.kind,
        block.region or "~",
        block.locality,
        block.area_code,
    )  # Blocks without a region are last.
