"""What a report repeats of its findings, conduct by conduct, does not outlive them in a lake."""

import json

from mingjian.lake.adoption import with_findings
from mingjian.model.codec import encode, load_report
from tests.unit.lake.making import report


def test_new_findings_leave_no_old_conducts_behind() -> None:
    document = encode(report()) | {"conducts": [{"id": "0" * 16, "verdict": "violated", "breaches": []}]}
    new = '{"clause": "law/1.1", "verdict": "suspected", "capped": "recalled"}'
    adopted = with_findings(json.dumps(document).encode(), {}, [("law/1.1", new)])
    assert "conducts" not in json.loads(adopted)
    (finding,) = load_report(adopted).findings
    assert (finding.verdict, finding.capped) == ("suspected", "recalled")
