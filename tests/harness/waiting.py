"""Wait in a browser until something holds, however slow the machine is: no test counts on a time that is enough."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

#: Seconds after which what has not come is thought never to come.
LONGEST = 60


def until(page: Any, held: str | Callable[[], bool]) -> None:
    """Wait until an expression of the page, or a function, is true; fail after a minute.

    Playwright's own way to poll an expression is refused by the site's content security policy.
    """
    ends = time.monotonic() + LONGEST
    while not (page.evaluate(held) if isinstance(held, str) else held()):
        assert time.monotonic() < ends, held
        page.wait_for_timeout(20)
