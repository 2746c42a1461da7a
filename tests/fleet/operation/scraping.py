"""Figures as a scraper reads them."""

import socket
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

Figures = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def parsed(text: str) -> Figures:
    """Each sample by name and labels; the times at which counters were made are left out."""
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {
        (sample.name.removeprefix("mingjian_fleet_"), tuple(sorted(sample.labels.items()))): sample.value
        for sample in samples
        if not sample.name.endswith("_created")
    }


def scraped(address: str) -> Figures:
    """What is served there now. Raises `OSError` when nobody answers."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=30) as answer:
        return parsed(answer.read().decode())


def of(figures: Figures, name: str, **labels: str) -> float:
    """One sample; an error where there is none."""
    return figures[name, tuple(sorted(labels.items()))]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
