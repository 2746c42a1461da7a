"""An inspection becomes the test or the re-test of a case."""

from mingjian.console.accounts.models import User
from mingjian.console.cases import ledger, retests
from mingjian.console.cases.comparing import Comparison
from mingjian.console.cases.models import Case
from mingjian.console.cases.projection import state_of
from mingjian.console.cases.state import CaseState
from mingjian.console.inspections.models import Inspection

_BEFORE_ANY_ORDER = {"planned", "complaint_received", "sampled", "testing", "tested_clean", "tested_problem"}


def is_first(state: CaseState) -> bool:
    """Whether an inspection that is attached now says which problems the case is about; later ones say what became of them."""
    return state.stage in _BEFORE_ANY_ORDER


def attach(case: Case, inspection: Inspection, by: User, expected_seq: int, unchanged: str = "") -> Comparison | None:
    """Records an inspection as the test of a case or as its re-test; what became of each problem, where that is known already.

    A re-test begins with an inspection that nobody has countersigned yet, and has no result until somebody has: attaching it again then
    records it. `unchanged` is what was changed outside of the file, where a re-test is of one in which problems were found. Raises
    `RefusedError`."""
    if not is_first(state_of(case)):
        return retests.retest(case, inspection, by, expected_seq, unchanged)
    ledger.take_test(case, inspection, by, expected_seq)
    return None
