"""Clients of one process: each buys, assigns and releases, keeps a ledger, and compares it with what the server lists.

A request that fails has taken effect or not; the list tells which, and nothing else may have changed. It prints what it has in
the end as JSON: python -m tests.soak.client PORT PROCESS CONNECTIONS SECONDS
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import sys
import threading
import time
from typing import Any

SUB = "sub_8a1f4c2e"
AGENTS = ("agt_soak_1", "agt_soak_2")
MOST = 12  # numbers of a client
AREA_CODES = ("415", "212", "305")
PATIENCE = 40  # tries of a request in a row before a client gives up
STEADY, REWOUND = "steady", "rewound"  # the worlds: one keeps what was done, the snapshots of the other are restored
SLOTS = 5  # numbers that a shared Cartesia account may have


class Violation(Exception):
    """The server did what it must not."""


class Unknown(Exception):
    """A request failed, and may have taken effect."""


class Client:
    """One connection, with accounts of its own."""

    def __init__(self, port: int, process: int, index: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self._chance = random.Random(1000 * process + index)
        self.key, self.shared = f"vx_live_soak{process}x{index}", f"sk_car_soak{process}"
        self.owned: dict[str, tuple[str, str | None]] = {}  # by id: the number, and its agent
        self.counts = {"sent": 0, "unknown": 0, "bought": 0, "released": 0, "slots full": 0}

    def send(self, method: str, path: str, body: Any = None, *, key: str = "", world: str = STEADY) -> tuple[int, Any]:
        """Send one request.

        Raises:
            Unknown: there was no response, or it was a fault.
        """
        headers = {"Authorization": f"Bearer {key or self.key}", "Content-Type": "application/json"}
        if key.startswith("sk_car_"):
            headers["Cartesia-Version"] = "2026-03-01"
        self.counts["sent"] += 1
        try:
            self._connection.request(method, f"/w/{world}{path}", None if body is None else json.dumps(body), headers)
            response = self._connection.getresponse()
            raw = response.read()
            document = json.loads(raw) if raw else None
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._connection.close()
            self.counts["unknown"] += 1
            raise Unknown(repr(error)) from None
        if response.headers["X-Simulator-Bug"]:
            raise Violation(f"{method} {path}: {document}")
        if response.status == 503:
            self.counts["unknown"] += 1
            raise Unknown("503")
        return response.status, document

    def listed(self) -> dict[str, tuple[str, str | None]]:
        """Return the numbers of the account, as the server lists them; tried until it does."""
        for _ in range(PATIENCE):
            with contextlib.suppress(Unknown):
                status, page = self.send("GET", f"/vantax/v1/phone-numbers?sub_account_id={SUB}&limit=100")
                if status != 200:
                    raise Violation(f"the list is {status}: {page}")
                return {one["id"]: (one["number"], one["agent_id"]) for one in page["data"]}
        raise Violation("the list is never answered")

    def step(self) -> None:
        """Do something, and compare."""
        kind = self._chance.choices(["vantax", "cartesia", "rewound"], [6, 2, 2])[0]
        if kind == "vantax":
            self._vantax()
        elif kind == "cartesia":
            self._cartesia()
        else:
            self._rewound()

    def _vantax(self) -> None:
        ids = list(self.owned)
        action = self._chance.choice(["buy", "buy", "release", "assign", "unassign", "look"])
        one, agent = (self._chance.choice(ids) if ids else ""), self._chance.choice(AGENTS)
        if action == "buy" and len(ids) < MOST:
            self._try(
                "POST", "", {"sub_account_id": SUB, "country": "US", "area_code": self._chance.choice(AREA_CODES)}, 201, ""
            )
        elif action == "release" and one:
            self._try("DELETE", f"/{one}", None, 200, one)
        elif action == "assign" and one:
            free = self.owned[one][1] in (None, agent) and agent not in [
                has for name, (_, has) in self.owned.items() if name != one
            ]
            self._try("POST", f"/{one}/assign", {"agent_id": agent}, 200 if free else 409, one)
        elif action == "unassign" and one:
            self._try("POST", f"/{one}/unassign", None, 200, one)
        else:
            self._require(self.listed(), self.owned)

    def _try(self, method: str, path: str, body: Any, expected: int, one: str) -> None:
        """Send a request that changes at most one number: `one`, or a new one; take over what it has changed."""
        before = dict(self.owned)
        try:
            status, document = self.send(method, f"/vantax/v1/phone-numbers{path}", body)
            if status != expected:
                raise Violation(f"{method} {path} {body}: {status} {document}")
            now, has_effect = self.listed(), expected < 300
        except Unknown:
            now = self.listed()
            has_effect = now != before
        if has_effect and expected < 300:
            self._require_effect(before, now, method, one, body)
        else:
            self._require(now, before)
        self.counts["bought"] += len(now) > len(before)
        self.counts["released"] += len(now) < len(before)
        self.owned = now

    def _require_effect(self, before: dict[str, Any], now: dict[str, Any], method: str, one: str, body: Any) -> None:
        """Require that a request has had its effect, once, and nothing else has changed."""
        if not one:
            new = [name for name in now if name not in before]
            wanted = {**before, **{name: now[name] for name in new}}
            if len(new) != 1 or now[new[0]][1] is not None or not now[new[0]][0].startswith(f"+1{body['area_code']}"):
                raise Violation(f"a purchase of {body} led from {before} to {now}")
        elif method == "DELETE":
            wanted = {name: facts for name, facts in before.items() if name != one}
        else:
            wanted = {**before, one: (before[one][0], body["agent_id"] if body else None)}
        self._require(now, wanted)

    @staticmethod
    def _require(now: dict[str, Any], wanted: dict[str, Any]) -> None:
        if now != wanted:
            raise Violation(f"the server lists {now}, the client has {wanted}")

    def _cartesia(self) -> None:
        """Buy or release in an account that all clients of the process share, which has few slots."""
        with contextlib.suppress(Unknown):
            _, page = self.send("GET", "/cartesia/agents/phone-numbers", key=self.shared)
            held = [one["id"] for one in page["data"]]
            if len(held) > SLOTS:
                raise Violation(f"{len(held)} numbers in {SLOTS} slots")
            if held and self._chance.random() < 0.4:
                status, document = self.send(
                    "DELETE", f"/cartesia/agents/phone-numbers/{self._chance.choice(held)}", key=self.shared
                )
                allowed = [204, 404]
            else:
                body = {"label": "Soak"}
                status, document = self.send("POST", "/cartesia/agents/phone-numbers/provision", body, key=self.shared)
                allowed = [200, 201, 402]
                self.counts["slots full"] += status == 402
            if status not in allowed:
                raise Violation(f"{status} {document}")

    def _rewound(self) -> None:
        """Buy, assign or release in the world whose snapshots are restored meanwhile: what was there may be gone."""
        with contextlib.suppress(Unknown):
            path = "/vantax/v1/phone-numbers"
            _, page = self.send("GET", f"{path}?sub_account_id={SUB}&limit=100", world=REWOUND)
            held = [one["id"] for one in page["data"]]
            if held and (len(held) >= MOST or self._chance.random() < 0.4):
                one = self._chance.choice(held)
                action = self._chance.choice(["assign", "release"])
                if action == "assign":
                    status, document = self.send("POST", f"{path}/{one}/assign", {"agent_id": AGENTS[0]}, world=REWOUND)
                else:
                    status, document = self.send("DELETE", f"{path}/{one}", world=REWOUND)
            else:
                body = {"sub_account_id": SUB, "country": "US", "area_code": self._chance.choice(AREA_CODES)}
                status, document = self.send("POST", path, body, world=REWOUND)
            if status not in (200, 201, 404, 409):
                raise Violation(f"{status} {document}")


def _run(client: Client, until: float, problems: list[str]) -> None:
    try:
        while time.monotonic() < until and not problems:
            client.step()
        client._require(client.listed(), client.owned)
    except Exception as error:  # noqa: BLE001  (whatever goes wrong is what we are after)
        problems.append(f"{client.key}: {type(error).__name__}: {error}")


def main(port: int, process: int, connections: int, seconds: float) -> None:
    """Run the clients, a thread each, and print what they have."""
    clients = [Client(port, process, index) for index in range(connections)]
    problems: list[str] = []
    until = time.monotonic() + seconds
    threads = [threading.Thread(target=_run, args=(client, until, problems)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(seconds + 60)
    counts = {name: sum(client.counts[name] for client in clients) for name in clients[0].counts}
    owned = {client.key: client.owned for client in clients}
    print(json.dumps({"problems": problems, "counts": counts, "owned": owned, "shared": f"sk_car_soak{process}"}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
