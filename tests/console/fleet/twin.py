"""The twin of a page for programs, which comes piece by piece."""

import json
from typing import Any

from django.test import Client


def twin(client: Client, address: str) -> Any:
    """What the address says."""
    return json.loads(b"".join(client.get(address).streaming_content))  # type: ignore[attr-defined]
