"""Self-signed certificates for 127.0.0.1 and localhost."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """A certificate, which is its own authority, and its key, as PEM files."""

    certificate: Path
    key: Path

    @property
    def both(self) -> Path:
        """A file with key and certificate."""
        return self.certificate.with_name("both.pem")


def self_signed(folder: Path) -> Certificate:
    """Make a certificate that is valid for a day."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
            *("-keyout", str(made.key), "-out", str(made.certificate)),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    made.both.write_bytes(made.key.read_bytes() + made.certificate.read_bytes())
    return made
