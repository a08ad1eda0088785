"""Start a server and the processes of clients, restore snapshots meanwhile, and compare all accounts in the end."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.hostile.target import SHORT, Target, serving
from tests.soak.client import AGENTS, REWOUND, SLOTS, STEADY, SUB

PURCHASES = {"vantax.purchase_phone_number", "cartesia.phone_numbers_provision"}
RELEASES = {"vantax.release_phone_number", "cartesia.phone_numbers_delete"}
TAKES_EFFECT = (None, "answer lost")  # rules that let a request take effect, and do not hide whether it did
WITHOUT_EFFECT = ("request lost", "refused")
PAUSE = 0.1  # seconds between looks at the server
LIMIT = 10_000  # entries of a list

FAULTS: dict[str, dict[str, Any]] = {
    "request lost": {"fault": "reset"},
    "answer lost": {"fault": "reset", "stage": "after_commit"},
    "refused": {"status": 503},
    "answer replaced": {"status": 503, "stage": "after_commit"},
}
SCENARIO: dict[str, Any] = {
    "open": True,
    "seed": 11,
    "accounts": [
        {
            "vantax": {"sub_account_id": SUB, "agents": [{"id": agent} for agent in AGENTS]},
            "cartesia": {"plan": "enterprise", "slots": SLOTS},
        }
    ],
    "rules": [
        {"name": name, "when": {"provider": provider}, "probability": 0.02, "then": then}
        for name, then in FAULTS.items()
        for provider in ("vantax", "cartesia")
    ],
}


class Report(NamedTuple):
    """What came of a run."""

    problems: list[str]
    counts: dict[str, int]
    numbers: int  # held in the end
    restored: int  # snapshots


class Auditor:
    """Looks at the server over the control API."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.problems: list[str] = []

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Send a request to the control API."""
        headers = {"Content-Type": "application/json"} if body is not None else {}
        self._connection.request(method, f"/_simulator/worlds/{path}", json.dumps(body) if body is not None else None, headers)
        response = self._connection.getresponse()
        raw = response.read()
        if response.status >= 400:
            self.problems.append(f"{method} {path}: {response.status} {raw[:500].decode()}")
            return None
        return json.loads(raw) if raw else None

    def held(self, world: str) -> dict[tuple[str, str, str], str]:
        """Return the numbers in the tables by provider, account and id, and check what must hold at any time."""
        numbers: dict[tuple[str, str, str], str] = {}
        for account in self.ask("GET", f"{world}/state?limit={LIMIT}")["accounts"]:
            records = account["tables"].get("numbers", {}).get("records", [])
            if account["provider"] == "cartesia" and len(records) > SLOTS:
                self.problems.append(f"{account['account']} has {len(records)} numbers in {SLOTS} slots")
            for record in records:
                number = record.get("number") or record.get("phone_number")
                numbers[account["provider"], account["account"], record["id"]] = number
        twice = [number for number, times in Counter(numbers.values()).items() if times > 1]
        if twice:
            self.problems.append(f"sold twice in the world {world}: {twice}")
        return numbers

    def compare_ledger(self, world: str) -> dict[tuple[str, str, str], str]:
        """Check that the ledger's rented numbers are those of the tables; return them."""
        held, ledger = self.held(world), self.ask("GET", f"{world}/ledger?limit={LIMIT}")
        rented = {(one["provider"], one["account"], one["subject"]): one["number"] for one in ledger["rented"]}
        if rented != held:
            self.problems.append(f"the ledger of {world} differs from its tables: {sorted(rented.items() ^ held.items())[:10]}")
        return held

    def compare_journal(self, world: str) -> None:
        """Check that each purchase and release in the journal is in the ledger, and the reverse."""
        ledger = self.ask("GET", f"{world}/ledger?limit={LIMIT}")["entries"]
        for kind, operations in (("purchase", PURCHASES), ("release", RELEASES)):
            noted = {one["request"] for one in ledger if one["kind"] == kind}
            requests = [
                one
                for operation in operations
                for one in self.ask("GET", f"{world}/requests?operation={operation}&limit={LIMIT}")["requests"]
            ]
            oldest = max(min(map(_number, noted), default=0), min((_number(one["id"]) for one in requests), default=0))
            sure = {one["id"] for one in requests if one["status"] < 300 and one["rule"] in TAKES_EFFECT}
            known = {one["id"] for one in requests}
            for one in noted & {one["id"] for one in requests if one["rule"] in WITHOUT_EFFECT}:
                self.problems.append(f"{one} took effect as a {kind}, although a rule kept it from that")
            for one in sure - noted:
                if _number(one) >= oldest:
                    self.problems.append(f"{one} is a {kind} of the journal of {world} that the ledger does not have")
            for one in noted - known:
                if _number(one) >= oldest:
                    self.problems.append(f"{one} is a {kind} of the ledger of {world} that the journal does not have")

    def compare_clients(self, reports: list[dict[str, Any]], held: dict[tuple[str, str, str], str]) -> None:
        """Check that the numbers of the clients' own ledgers are those of the tables."""
        owned = {
            ("vantax", key.removeprefix("vx_live_"), name): number
            for report in reports
            for key, numbers in report["owned"].items()
            for name, (number, _) in numbers.items()
        }
        tables = {place: number for place, number in held.items() if place[0] == "vantax"}
        if owned != tables:
            self.problems.append(f"the clients' ledgers differ from the tables: {sorted(owned.items() ^ tables.items())[:10]}")

    def rewind(self, turn: int) -> None:
        """Save a snapshot, or restore one of the last."""
        if turn % 3 == 0:
            self.ask("PUT", f"{REWOUND}/snapshots/s{turn // 3 % 4}")
        elif turn > 3:
            self.ask("POST", f"{REWOUND}/snapshots/s0/restore")
        self.held(REWOUND)

    def compare_restored(self) -> None:
        """Check that a restored snapshot is what was saved, when nobody else is there."""
        before = self.ask("GET", f"{REWOUND}/state?limit={LIMIT}"), self.ask("GET", f"{REWOUND}/ledger?limit={LIMIT}")
        self.ask("PUT", f"{REWOUND}/snapshots/last")
        self.ask("POST", f"{REWOUND}/snapshots/s0/restore")
        self.compare_ledger(REWOUND)
        self.ask("POST", f"{REWOUND}/snapshots/last/restore")
        after = self.ask("GET", f"{REWOUND}/state?limit={LIMIT}"), self.ask("GET", f"{REWOUND}/ledger?limit={LIMIT}")
        if before != after:
            self.problems.append("a restored snapshot is not what was saved")


def _number(request: str) -> int:
    return int(request.partition("-")[2])


def soak(seconds: float, processes: int = 4, connections: int = 16) -> Report:
    """Run `processes` processes of `connections` clients each for so many seconds."""
    with serving(SHORT, "--no-access-log", "--journal-bytes", str(256 << 20), "--max-memory", str(4 << 30)) as target:
        auditor = Auditor(target.port)
        with contextlib.closing(auditor):
            for world in (STEADY, REWOUND):
                auditor.ask("PUT", world, {"scenario": SCENARIO})
            with _clients(target, seconds, processes, connections) as running:
                turn = 0
                while any(process.poll() is None for process in running):
                    auditor.rewind(turn)
                    auditor.held(STEADY)
                    turn += 1
                    time.sleep(PAUSE)
                reports = [_read(process) for process in running]
            held = auditor.compare_ledger(STEADY)
            auditor.compare_journal(STEADY)
            auditor.compare_clients(reports, held)
            auditor.compare_ledger(REWOUND)
            auditor.compare_restored()
        bugs = [line for line in target.said().splitlines() if "Traceback" in line]
    counts: Counter[str] = Counter()
    for report in reports:
        counts.update(report["counts"])
    problems = [*auditor.problems, *(problem for report in reports for problem in report["problems"]), *bugs]
    return Report(problems, dict(counts), len(held), turn - turn // 3)


@contextlib.contextmanager
def _clients(target: Target, seconds: float, processes: int, connections: int) -> Iterator[list[subprocess.Popen[str]]]:
    running = []
    try:
        for number in range(processes):
            command = [sys.executable, "-m", "tests.soak.client", *map(str, (target.port, number, connections, seconds))]
            running.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _read(process: subprocess.Popen[str]) -> dict[str, Any]:
    said, _ = process.communicate(timeout=60)
    report: dict[str, Any] = json.loads(said) if said else {"problems": ["a process of clients ended without a report"]}
    return {"counts": {}, "owned": {}, **report}
