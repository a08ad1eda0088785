"""The security schemes of a document, with the form of their keys."""

from __future__ import annotations

from typing import Any

from simulator.inferred.files import Files

ANY_KEY = r"\S+"
WORDS_KEY = r"\S+( \S+)?"  # of a header that may name a scheme before the key: `Token token=abc`
BASIC_KEY = "[^:]*:.*"


class Security:
    """The security schemes of one document."""

    def __init__(self, content: dict[str, Any], files: Files) -> None:
        components = content.get("components")
        given = components.get("securitySchemes") if isinstance(components, dict) else None
        self._schemes: dict[str, dict[str, Any]] = {}
        for name, written in (given if isinstance(given, dict) else {}).items():
            scheme = written
            if isinstance(written, dict) and isinstance(written.get("$ref"), str):
                target = files.find(written["$ref"], files.root)
                scheme = target.node if target else None
            if isinstance(scheme, dict) and _is_known(scheme):
                self._schemes[str(name)] = scheme
        self._usual = content.get("security")
        self.parameters = {
            name: str(scheme["name"])
            for name, scheme in self._schemes.items()
            if scheme["type"] == "apiKey" and scheme["in"] == "query"
        }

    def of(self, operation: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the requirements of an operation; one that needs no key takes any, and has an empty requirement at last.

        A document that declares schemes and requires none of them anywhere leaves the operation open.
        """
        given = operation.get("security", self._usual)
        choices: list[dict[str, Any]] = []
        is_open = not isinstance(given, list) or not given
        for choice in given if isinstance(given, list) else []:
            known = (
                {name: scopes for name, scopes in choice.items() if name in self._schemes} if isinstance(choice, dict) else {}
            )
            if known and known not in choices:
                choices.append(known)
            is_open = is_open or not known
        if not is_open:
            return choices
        return [*(choices or [{name: []} for name in self._schemes]), {}]

    def schemes(self, operations: list[dict[str, Any]]) -> dict[str, Any]:
        """Return the schemes, each with the form of its keys.

        Every key has an account of its own where that is certain: one scheme of fixed keys, which every operation requires.
        Elsewhere – tokens that are renewed, several schemes, operations without a key – all of them open the same account.
        """
        choices = [tuple(sorted(choice)) for operation in operations for choice in operation["security"]]
        is_one_account = len(set(choices)) > 1 or any(
            one["type"] in ("oauth2", "openIdConnect") for one in self._schemes.values()
        )
        return {name: self._scheme(scheme, is_one_account=is_one_account) for name, scheme in self._schemes.items()}

    @staticmethod
    def _scheme(scheme: dict[str, Any], *, is_one_account: bool) -> dict[str, Any]:
        is_basic = scheme["type"] == "http" and scheme["scheme"].lower() == "basic"
        is_worded = scheme["type"] == "apiKey" and scheme["name"].lower() == "authorization"
        pattern = scheme.get("x-key-pattern") or (BASIC_KEY if is_basic else WORDS_KEY if is_worded else ANY_KEY)
        return {**scheme, "x-key-pattern": pattern, "x-one-account": is_one_account}


def demo_keys(name: str, schemes: dict[str, Any]) -> list[str]:
    """Return a key for each form that the schemes have."""
    patterns = {scheme["x-key-pattern"] for scheme in schemes.values()}
    keys = [f"{name}_demo"] if patterns & {ANY_KEY, WORDS_KEY} else []
    return [*keys, f"{name}_demo:secret"] if BASIC_KEY in patterns else keys


def _is_known(scheme: dict[str, Any]) -> bool:
    """Return whether a request carries the key of a scheme in a way that the simulator reads."""
    if scheme.get("type") == "apiKey":
        return isinstance(scheme.get("name"), str) and scheme.get("in") in ("header", "query", "cookie")
    if scheme.get("type") == "http":
        return isinstance(scheme.get("scheme"), str) and scheme["scheme"].lower() != "digest"
    return scheme.get("type") in ("oauth2", "openIdConnect")
