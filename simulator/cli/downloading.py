"""Fetching a spec, and the files beside it that it refers to, from a URL."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import click

from simulator.documents import reason
from simulator.registry import VERSION

MAX_BYTES = 32 * 1024 * 1024  # of all files together
MAX_FILES = 2000
SECONDS = 30.0  # without a byte
SUFFIXES = (".yaml", ".yml", ".json")
_REFERENCE = re.compile(r"""\$ref["']?\s*:\s*["']?([^"'\s#},]+)""")


def is_url(spec: str) -> bool:
    """Return whether a spec is named by a URL; any other scheme than HTTP is refused by `download`."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", spec) is not None


def download(url: str, folder: Path) -> Path:
    """Save the spec at a URL in a folder, with the files beside it that it refers to; return its path.

    Raises:
        click.ClickException: it cannot be fetched, is too large, or is no document.
    """
    text = _fetched(url, MAX_BYTES)
    suffix = Path(urlsplit(url).path).suffix.lower()
    spec = folder / f"openapi{suffix if suffix in SUFFIXES else '.json' if text.lstrip()[:1] == '{' else '.yaml'}"
    spec.write_text(text, encoding="utf-8")
    left, base = MAX_BYTES - len(text), url.rpartition("/")[0] + "/"
    known, queue = {url}, [(url, text)]
    while queue:
        where, text = queue.pop()
        for reference in sorted(set(_REFERENCE.findall(text))):
            target = urljoin(where, reference)
            if target in known or not target.startswith(base) or is_url(reference):
                continue
            known.add(target)
            if len(known) > MAX_FILES:
                raise click.ClickException(
                    f"{url} refers to more than {MAX_FILES} files; download it yourself, and name the file"
                )
            content = _fetched(target, left)
            left -= len(content)
            path = folder / unquote(urlsplit(target.removeprefix(base)).path)
            if not path.resolve().is_relative_to(folder.resolve()):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            queue.append((target, content))
    return spec


def _fetched(url: str, most: int) -> str:
    """Return the text at a URL."""
    if urlsplit(url).scheme.lower() not in ("http", "https"):
        raise click.ClickException(f"{url} is not fetched; expected a URL of http or https, or a file")
    request = urllib.request.Request(url, headers={"User-Agent": f"provider-simulator/{VERSION}"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as response:  # noqa: S310  (http and https, as above)
            content: bytes = response.read(most + 1)
            kind = response.headers.get_content_type()
    except urllib.error.HTTPError as error:
        with error:
            answer = f"the server answers {error.code} {error.reason}"
        raise click.ClickException(f"cannot fetch {url}: {answer}") from None
    except (OSError, HTTPException, ValueError) as error:
        cause = getattr(error, "reason", None) or error
        cause = reason(cause) if isinstance(cause, Exception) else cause
        raise click.ClickException(f"cannot fetch {url}: {cause}; download it yourself, and name the file") from None
    if len(content) > most:
        raise click.ClickException(f"{url} has more than {MAX_BYTES >> 20} MiB; download it yourself, and name the file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.ClickException(f"{url} is not text in UTF-8, expected YAML or JSON") from None
    if kind == "text/html" or text.lstrip()[:1] == "<":
        problem = f"{url} is a web page, expected YAML or JSON; on GitHub and GitLab, take the address of the raw file"
        raise click.ClickException(problem)
    return text
