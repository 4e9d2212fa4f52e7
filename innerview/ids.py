"""Names that are made only once: of runs, of their writers, of what these write."""

import re
import secrets
import time

RUN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def make_run_id(now: float) -> str:
    """YYYYMMDD-HHMMSS-xxxxxx, in UTC, so that ids sort by age."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{secrets.token_hex(3)}"


def make_writer_id() -> str:
    return secrets.token_hex(5)


def make_item_id() -> str:
    """Of a record, unique in every store."""
    return secrets.token_hex(8)
