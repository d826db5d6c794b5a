"""How long a server is waited for, and how often it is asked again."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


@dataclass(frozen=True)
class Patience:
    """timeout: seconds that one attempt may take, its answer included. retries: attempts after the first.

    first, longest: seconds of the pause before the first retry, and the most before any; it doubles in between.
    """

    timeout: float = 600.0
    retries: int = 4
    first: float = 0.5
    longest: float = 30.0

    def pause(self, retry: int, wished: float) -> float:
        """Seconds before retry number `retry` (from 0): exponential back-off with jitter, so that requests which
        failed together do not come back together. A server's own wish is kept when it is longer, up to `timeout`."""
        backoff = min(self.longest, self.first * 2.0**retry) * random.uniform(0.5, 1.0)
        return max(backoff, min(wished, self.timeout))


def retry_after(header: str | None) -> float:
    """Seconds of a Retry-After header, which is a number of them or a date (RFC 9110, 10.2.3); 0 for none."""
    if header is None:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    aware = date if date.tzinfo is not None else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
