"""What the worker does for figures."""

from mingjian.console import clock
from mingjian.console.figures import edition as editions
from mingjian.console.figures import files
from mingjian.console.figures.drawing import draw
from mingjian.console.figures.models import Edition
from mingjian.console.work.queue import daily, defer, task
from mingjian.model.periods import half_year, half_year_before


@task("figures.compute")
def compute(half: str) -> None:
    """Counts the figures of one half-year."""
    editions.compute(half)


@daily("figures.compute_current")
def compute_current() -> None:
    """Counts the half-year that runs and the one before, whose cases and complaints still go on."""
    now = half_year(clock.now())
    defer("figures.compute", half=half_year_before(now))
    defer("figures.compute", half=now)


@task("figures.draw")
def draw_charts(edition: int) -> None:
    """Draws the charts of an edition, unless it made way for another meanwhile."""
    found = Edition.objects.select_related("before").filter(pk=edition).first()
    if found is not None:
        draw(found)


@task("figures.print")
def print_files(edition: int) -> None:
    """Makes the files of an edition that was proposed, unless it made way for another meanwhile."""
    found = Edition.objects.filter(pk=edition).first()
    if found is not None:
        files.keep(found)
