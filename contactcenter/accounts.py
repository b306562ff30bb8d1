"""Who may sign in, and the four roles with what each may do."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest

_LOOK = (
    "calls.watch_floor",
    "calls.view_call",
    "calls.view_callevent",
    "calls.view_leg",
    "calls.view_stream",
    "calls.view_sideband",
    "calls.view_transcriptturn",
    "calls.view_recording",
    "calls.view_recordingconsent",
    "calls.view_usagerecord",
    *("calls.view_legcharge", "calls.view_callcost", "calls.view_budget"),
    "calls.view_toolrun",
    "calls.view_toolapproval",
    *("calls.view_collectedfact", "calls.view_callresult", "calls.view_factsdelivery"),
    "calls.view_lookup",
    "calls.view_supervision",
    "calls.view_roomsound",
    "calls.view_resumedocument",
    "calls.view_conference",
    "calls.view_participant",
    "calls.view_transfer",
    "calls.view_offer",
    "calls.view_assistantnote",
    "calls.view_securecapture",
    "calls.view_voicemail",
    "calls.view_callback",
    *("calls.view_whatsappmessage", "compliance.view_whatsappfact"),
    *("compliance.view_consentrecord", "compliance.view_revocation", "compliance.view_suppressionentry"),
)
_BOOKS = (
    "calls.view_number",
    "calls.view_schedule",
    "calls.view_openhours",
    "calls.view_holiday",
    "calls.view_blockedcaller",
    "calls.view_bridgeworker",
    "calls.view_sidebandworker",
    "calls.view_modelwebhook",
    "calls.view_spoolmark",
    *("calls.view_ratecard", "calls.view_cardrate"),
    *("calls.view_settingchange", "calls.view_readinesscheck", "calls.view_carrierreport"),
    *("calls.view_whatsappsender", "calls.view_whatsapptemplate", "compliance.view_whatsapprule"),
    "agents.view_department",
    "agents.view_assistant",
    "agents.view_promptversion",
    *("agents.view_toolgrant", "agents.view_guardrail"),
    "agents.view_agent",
    "agents.view_skill",
    "agents.view_queue",
    "agents.view_membership",
    "agents.view_holdmusic",
    "agents.view_disposition",
    "agents.view_transferdestination",
    "agents.view_keybinding",
    "agents.view_securefield",
    *("agents.view_relayline", "agents.view_relaylanguage"),
    *("agents.view_httptool", "agents.view_httptoolheader", "agents.view_facttocollect"),
    *("agents.view_mcpserver", "agents.view_mcptool"),
    "agents.view_factswebhook",
    *("agents.view_knowledgedocument", "agents.view_knowledgechunk"),
    "compliance.view_auditentry",
    "compliance.view_dialdecision",
    "compliance.view_dialpermit",
    "compliance.view_outboundswitch",
    *("compliance.view_ruleset", "compliance.view_rulerow", "compliance.view_stateswitch", "compliance.view_person"),
    *(f"compliance.view_{model}" for model in ("receiptentry", "unsealeddecision", "disputepacket", "erasure")),
    *(f"compliance.view_{model}" for model in ("erasednumber", "retentionrule", "retentionrun", "legalhold")),
    *(f"compliance.view_{model}" for model in ("processingbasis", "processor", "privacymode")),
)
# What is owed to the people called: evidence, and their rights. An auditor takes evidence; only an admin erases.
_EVIDENCE = ("compliance.take_packet",)
_PRIVACY = (
    *("compliance.erase_person", "compliance.hold_data", "compliance.change_retentionrule"),
    *("compliance.add_legalhold", "compliance.change_legalhold", "compliance.change_privacymode"),
    *(f"compliance.{verb}_processingbasis" for verb in ("add", "change", "delete")),
    *(f"compliance.{verb}_processor" for verb in ("add", "change", "delete")),
)
# Messages and callbacks are worked through by whoever takes calls.
_FOLLOW_UP = ("calls.hear_voicemail", "calls.handle_voicemail", "calls.handle_callback")
_SUPERVISE = (
    "calls.end_call",
    "calls.control_recording",
    "calls.hear_recording",
    "calls.see_numbers",
    "calls.listen_call",
    "calls.coach_call",
    "calls.approve_tool",
    "calls.send_facts",
    "calls.ask_whatsapp",
    *_FOLLOW_UP,
    *("compliance.add_revocation", "compliance.change_revocation", "compliance.add_suppressionentry"),
)
# Whom we call, and why not: everybody who looks at calls may see it.
_PEOPLE = ("compliance.view_person", "compliance.view_consentrecord", "compliance.view_revocation",
           "compliance.view_suppressionentry")  # fmt: skip
_CAMPAIGNS = (
    *("calls.view_campaign", "calls.view_campaignevent", "calls.view_campaignday", "calls.view_campaignpace"),
    *("calls.view_contact", "calls.view_contactattempt", "calls.view_contactimport", "calls.view_importproblem"),
    *("calls.view_dryrun", "calls.view_dryrunfinding", "calls.view_outgoingcall"),
)
# Whoever submits a campaign needs a second person who approves it, whatever the roles of both.
_LAUNCH = ("calls.write_campaign", "calls.launch_campaign", "calls.run_campaign")
# Whoever hears “do not call me” writes it down; who takes it back is somebody else's business.
_HEARD = ("compliance.add_revocation", "compliance.add_suppressionentry")
_KEEP = ("compliance.record_consent", "compliance.change_person")
# Whom we do not call. To take a number off our own list is no small thing, and neither is another copy of a registry.
_LISTS = (
    *("compliance.view_numberlist", "compliance.view_numberlistcopy", "compliance.view_listimport"),
    *("compliance.view_listimportproblem", "compliance.view_reassignedanswer", "compliance.view_suppressionentry"),
)
_KEEP_LISTS = (
    *("compliance.import_numbers", "compliance.add_numberlist", "compliance.change_numberlist"),
    "compliance.change_suppressionentry",
)
_CONTROL = ("calls.hold_test_call", "calls.transfer_call", "agents.take_calls", "calls.begin_capture")
# Numbers and trunks cost money and decide who is reached: seen by those who supervise, changed by admins.
_LINES = (
    *("calls.view_number", "calls.view_trunk", "calls.view_originationtarget", "calls.view_sipaccesslist"),
    *("calls.view_sipaccessentry", "calls.view_sipdomain", "calls.view_callerid", "calls.view_numberorder"),
)
_PROVISION = ("calls.provision_lines",)
_EDITED = (
    *("calls.number", "agents.department", "agents.assistant", "agents.promptversion", "agents.toolgrant"),
    *("agents.agent", "agents.skill", "agents.queue", "agents.membership", "agents.holdmusic", "agents.disposition"),
    "agents.transferdestination",
    *("agents.keybinding", "agents.guardrail"),
    "agents.securefield",
    *("agents.relayline", "agents.relaylanguage"),
    *("agents.httptool", "agents.httptoolheader", "agents.facttocollect", "agents.knowledgedocument"),
    *("agents.mcpserver", "agents.mcptool"),
    "agents.factswebhook",
    *("calls.ratecard", "calls.cardrate", "calls.budget"),
    *("calls.schedule", "calls.openhours", "calls.holiday", "calls.blockedcaller"),
    *("calls.whatsappsender", "calls.whatsapptemplate", "compliance.whatsapprule"),
)
_ADMINISTER = (
    *(f"{model.replace('.', f'.{verb}_')}" for model in _EDITED for verb in ("add", "change", "delete")),
    *("auth.view_user", "auth.add_user", "auth.change_user", "auth.view_group", "agents.publish_prompt"),
    "calls.change_vendor_settings",
    "compliance.change_outboundswitch",
    "compliance.change_stateswitch",
    *("compliance.record_consent", "compliance.add_consentrecord", "compliance.see_consent_evidence"),
    "compliance.change_suppressionentry",
)

# Role -> permissions. The admin group is what Django admin calls staff with everything our own rooms offer.
ROLES: dict[str, tuple[str, ...]] = {
    "supervisor": _LOOK + _SUPERVISE + _CONTROL + _LISTS + _PEOPLE + _CAMPAIGNS + _LAUNCH + _HEARD + _KEEP + _LINES,
    "agent": (
        *("calls.watch_floor", "calls.view_call", "agents.take_calls", "calls.view_voicemail", "calls.view_callback"),
        "calls.begin_capture",
        "calls.ask_whatsapp",
        *_FOLLOW_UP,
        *_PEOPLE,
        *_HEARD,
    ),
    "admin": (
        *(_LOOK + _BOOKS + _SUPERVISE + _CONTROL + _ADMINISTER + _LISTS + _KEEP_LISTS + _EVIDENCE + _PRIVACY),
        *(_PEOPLE + _CAMPAIGNS + _LAUNCH + _HEARD + _KEEP + _LINES + _PROVISION),
    ),
    "auditor": (
        *(_LOOK + _BOOKS + _LISTS + _EVIDENCE + _PEOPLE + _CAMPAIGNS + _LINES),
        *("calls.hear_recording", "calls.hear_voicemail", "compliance.see_consent_evidence"),
    ),
}


def make_groups(**_: Any) -> None:
    """Create the roles' groups and give them exactly their permissions; run after every migration."""
    for role, wanted in ROLES.items():
        group, _created = Group.objects.get_or_create(name=role)
        pairs = [name.split(".") for name in wanted]
        permissions = [
            permission
            for permission in Permission.objects.select_related("content_type")
            if [permission.content_type.app_label, permission.codename] in pairs
        ]
        group.permissions.set(permissions)


class StaffOnly(DefaultAccountAdapter):
    """Accounts are made by admins; nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No."""
        return False
