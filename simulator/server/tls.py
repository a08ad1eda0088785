"""HTTPS for clients that have a provider's address built in: one certificate for all the real hosts, by a CA of this run's own.

The CA ends with the process and its key is never written anywhere: whoever trusts it trusts this simulator and nothing else.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import trustme

HERE = ("localhost", "127.0.0.1", "::1", "simulator", "host.docker.internal")  # how else a server on a desk or in CI is called
DAY = timedelta(days=1)


def certify(hosts: Iterable[str]) -> tuple[ssl.SSLContext, bytes]:
    """What a server needs to speak for the hosts, and the certificate (PEM) of the CA that its clients have to trust.

    Raises:
        ValueError: a host has no form that a certificate could name.
        OSError: no folder for temporary files, through which alone Python takes a certificate.
    """
    ca = trustme.CA(organization_name="provider-simulator")
    now = datetime.now(UTC)
    # Some platforms trust no certificate that is good for more than 398 days.
    leaf = ca.issue_cert(*dict.fromkeys([*HERE, *hosts]), not_before=now - DAY, not_after=now + 390 * DAY)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_alpn_protocols(["http/1.1"])
    leaf.configure_cert(context)
    return context, ca.cert_pem.bytes()
