"""From the raw content of a request to the personal data in it."""

from mingjian.extract.payload.search import is_hashed, search

__all__ = ["is_hashed", "search"]
