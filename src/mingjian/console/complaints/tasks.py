"""What the console does by itself with complaints."""

from mingjian.console.complaints import retention, upkeep
from mingjian.console.work.queue import daily


@daily("complaints.erase")
def erase() -> None:
    """Erases what is due."""
    retention.erase_due()


@daily("complaints.seal_anew")
def seal_anew() -> None:
    """Seals anew what an older key sealed."""
    upkeep.seal_anew()


@daily("complaints.settle_deadlines")
def settle_deadlines() -> None:
    """Settles deadlines that were provisional."""
    upkeep.settle_deadlines()
