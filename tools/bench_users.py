"""The users of `bench_console.py`, for locust: each opens pages of the plan in an order of its own and thinks in between."""

import json
import os
import random
from pathlib import Path

from locust import HttpUser, between, task

PLAN = json.loads(Path(os.environ["BENCH_PLAN"]).read_text(encoding="utf-8"))


class Reader(HttpUser):
    """Somebody at work."""

    wait_time = between(1, 3)

    @task
    def open(self) -> None:
        """Opens one page of the plan."""
        name, reader, address = random.choice(PLAN["pages"])  # noqa: S311  no secret
        headers = {"Accept-Language": "en", **PLAN["headers"][reader]}
        with self.client.get(address, name=name, headers=headers, allow_redirects=False, catch_response=True) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code}")
