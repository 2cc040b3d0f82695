"""From a refused record to the dead letter that is kept of it: cleaned, and cut to a size."""

from __future__ import annotations

from collections.abc import Mapping

from overheal.contract.cloudevents import HEAD_KEPT, PAYLOAD_KEPT, TOO_LONG
from overheal.contract.redaction import Redactor
from overheal.errors import RecordError
from overheal.kafka.polled import Polled
from overheal.model import DeadLetter

KEY_KEPT = 4 * 1024
HEADERS_KEPT = 64
HEADER_KEPT = 4 * 1024
REASON_KEPT = 4 * 1024


class Refuser:
    """Makes dead letters; whatever leaves it holds no secret that the redactor knows."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def letter(
        self,
        polled: Polled,
        index: int,
        error: RecordError,
        *,
        topic: str,
        epoch: str = "",
        item: int = 0,
        raw: bytes | None = None,
    ) -> DeadLetter:
        """Return the dead letter of record `index`, or of its `item` whose bytes are `raw`."""
        value = polled.values[index] if raw is None else raw
        return DeadLetter(
            origin=topic,
            line=polled.offsets[index],
            code=error.code,
            reason=self._redactor.clean_text(str(error))[:REASON_KEPT],
            payload=self._payload(value or b"", error.code),
            partition=polled.partition,
            epoch=epoch,
            item=item,
            key=self._redactor.clean_bytes((polled.keys[index] or b"")[:KEY_KEPT]),
            headers=self._headers(polled.headers[index]),
        )

    def clean_head(self, raw: bytes) -> bytes:
        """Return the first bytes of something, clean."""
        return self._redactor.clean_bytes(raw[:HEAD_KEPT])

    def _payload(self, raw: bytes, code: str) -> bytes:
        """Return what is kept of a record: cleaned first, since half a secret is still one."""
        kept = HEAD_KEPT if code == TOO_LONG else PAYLOAD_KEPT
        piece = raw[: 2 * kept]
        if self._redactor.suspects([piece])[0]:
            piece = self._redactor.clean_document(piece)
        return self._redactor.clean_bytes(piece)[:kept]

    def _headers(self, headers: Mapping[str, bytes] | None) -> dict[str, str]:
        r"""Return headers as text; bytes that are no UTF-8 are shown as `\xNN`."""
        kept: dict[str, str] = {}
        for name, raw in list((headers or {}).items())[:HEADERS_KEPT]:
            text = (raw or b"")[:HEADER_KEPT].decode("utf-8", "backslashreplace")
            if text and self._redactor.is_secret_field(name):
                text = "[redacted:field]"
            kept[name[:HEADER_KEPT]] = self._redactor.clean_text(text)
        return kept
