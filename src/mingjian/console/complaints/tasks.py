"""What the console does by itself with complaints."""

from mingjian.console.complaints import retention, upkeep
from mingjian.console.work.queue import daily


@daily("complaints.erase")
def erase() -> None:
    """Erases what is due, seals anew what an older key sealed, and settles deadlines that were provisional."""
    retention.erase_due()
    upkeep.seal_anew()
    upkeep.settle_deadlines()
