"""Recordings of calls, in which nothing is heard."""

from __future__ import annotations

import io
import wave

RATE = 8000  # samples a second, of a byte each, as on a telephone line


def silence(length: float) -> bytes:
    """Return some seconds of silence as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(RATE)
        recording.writeframes(b"\x80" * round(length * RATE))
    return file.getvalue()
