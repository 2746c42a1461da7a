"""The same console on a later day: `python -m tests.console.browser.later <moment> serve` is the program with its clock stopped there."""

import sys
from datetime import UTC, datetime

from mingjian.cli import main
from mingjian.console import clock

if __name__ == "__main__":
    moment = datetime.fromisoformat(sys.argv.pop(1)).astimezone(UTC)
    # `clock.stopped_at` holds for one thread, and a server has many.
    clock.now = lambda: moment
    main()
