"""EXIT: have the model's side send a caller elsewhere by SIP REFER. Nothing works without a permit just spent.

The target is the permit's number; nobody can pass another. Only the door imports this. An answer means that the REFER
was passed on, not that anybody has picked up: nothing is ever said about that.

Source: https://developers.openai.com/api/docs/guides/realtime-sip.
"""

from calls.realtime import sip
from compliance.models import DialPermit
from compliance.verdict import PermitState


def send_elsewhere(permit: DialPermit, *, call_id: str) -> None:
    """Send the caller of this call to the permit's number. Raises sip.SipRefused."""
    if permit.state != PermitState.SENT:
        raise sip.SipRefused(f"the permit is {permit.state}, not just spent")
    target = permit.number if permit.number.startswith(("sip:", "sips:")) else f"tel:{permit.number}"
    with sip.calls() as verbs:
        verbs.refer(call_id, target_uri=target)
