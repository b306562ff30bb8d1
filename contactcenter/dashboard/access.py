"""Who may reach what: every page and button wears one of these, and a test walks all addresses to see that they do."""

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

View = Callable[..., HttpResponseBase]

WATCH = "calls.watch_floor"
READ_CALLS = "calls.view_call"
END_CALL = "calls.end_call"
HEAR = "calls.hear_recording"
CONTROL_RECORDING = "calls.control_recording"
TRANSFER = "calls.transfer_call"
TAKE_CALLS = "agents.take_calls"
SEE_NUMBERS = "calls.see_numbers"
KEEP_WHATSAPP_RULES = "compliance.change_whatsapprule"
ASK_WHATSAPP = "calls.ask_whatsapp"
BEGIN_CAPTURE = "calls.begin_capture"
TEST_CALL = "calls.hold_test_call"
LISTEN = "calls.listen_call"
COACH = "calls.coach_call"
APPROVE = "calls.approve_tool"
SEND_FACTS = "calls.send_facts"
READ_VOICEMAIL = "calls.view_voicemail"
HEAR_VOICEMAIL = "calls.hear_voicemail"
HANDLE_VOICEMAIL = "calls.handle_voicemail"
READ_CALLBACKS = "calls.view_callback"
HANDLE_CALLBACKS = "calls.handle_callback"
SEE_EVIDENCE = "compliance.see_consent_evidence"
READ_CAMPAIGNS = "calls.view_campaign"
WRITE_CAMPAIGNS = "calls.write_campaign"
APPROVE_CAMPAIGNS = "calls.launch_campaign"
RUN_CAMPAIGNS = "calls.run_campaign"
READ_PEOPLE = "compliance.view_person"
CHANGE_PEOPLE = "compliance.change_person"
RECORD_CONSENT = "compliance.record_consent"
REVOKE = "compliance.add_revocation"
READ_LISTS = "compliance.view_numberlist"
IMPORT_NUMBERS = "compliance.import_numbers"
READ_OWN_LIST = "compliance.view_suppressionentry"
LIST_NUMBERS = "compliance.add_suppressionentry"
LIFT_NUMBERS = "compliance.change_suppressionentry"
READ_RECEIPTS = "compliance.view_dialdecision"
TAKE_PACKET = "compliance.take_packet"
GO_LIVE = "calls.change_vendor_settings"
ERASE_PERSON = "compliance.erase_person"
READ_PROMPTS = "agents.view_promptversion"
WRITE_PROMPTS = "agents.change_promptversion"
PUBLISH_PROMPTS = "agents.publish_prompt"
READ_NUMBERS = "calls.view_number"
READ_TRUNKS = "calls.view_trunk"
PROVISION = "calls.provision_lines"
READ_COSTS = "calls.view_callcost"


def needs(permission: str) -> Callable[[View], View]:
    """Only signed-in people with this permission; others are asked to sign in, or told that they may not (403)."""

    def decorate(view: View) -> View:
        @login_required
        @functools.wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        checked.needs = permission  # type: ignore[attr-defined]  # read by the test of all addresses
        return checked

    return decorate


def public(view: Callable[..., Any]) -> Callable[..., Any]:
    """Anybody may reach this, and it is meant so."""
    view.needs = ""  # type: ignore[attr-defined]
    return view
