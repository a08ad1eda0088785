"""What a process of `multiprocessing` does that buys a number: a module of its own, so that the process loads nothing else."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

ORDER = {"sub_account_id": "sub_8a1f4c2e", "area_code": "415"}


def work(url: str, key: str, file: str) -> None:
    """Buy a number and write it down, unless that was done."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    if not Path(file).exists():
        request = urllib.request.Request(f"{url}/phone-numbers", json.dumps(ORDER).encode(), headers)  # noqa: S310
        with urllib.request.urlopen(request) as response:  # noqa: S310
            Path(file).write_text(json.load(response)["data"]["id"], encoding="utf-8")
