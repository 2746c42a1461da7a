"""Which complaints still wait for an answer."""

from django.db.models import Q

from mingjian.console.complaints.models import Complaint

_State = Complaint.State
OPEN_STATES = (_State.RECEIVED, _State.ACCEPTED, _State.REJECTED)
"""Not yet replied to and not withdrawn."""
OPEN = Q(state__in=OPEN_STATES)
