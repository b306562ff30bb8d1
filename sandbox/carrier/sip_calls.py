"""A telephone system calls in at a SIP domain of the account.

https://www.twilio.com/docs/voice/api/sip-interface: it must come from an address that is let in, and name a user whose
password is right, where the domain has lists of either kind.
"""

import hmac
import ipaddress

from sandbox.carrier import calls
from sandbox.carrier.lines import SipDomain
from sandbox.carrier.state import Call, Carrier, FetchDocument, Number, new_sid


def place(carrier: Carrier, *, to: str, from_: str, source_ip: str, user: str = "", password: str = "") -> Call:
    """`to` and `from_` are SIP addresses. Raises `calls.UnableToCall` for whoever is not let in."""
    _, _, host = to.removeprefix("sip:").rpartition("@")
    host = host.partition(";")[0].partition(":")[0].lower()
    domain = next((one for one in carrier.lines.domains.values() if one.domain_name == host), None)
    if domain is None:
        raise calls.UnableToCall(f"404: there is no SIP domain {host}")
    _check(carrier, domain, source_ip=source_ip, user=user, password=password)
    given = domain.settings
    if not given.get("VoiceUrl"):
        raise calls.UnableToCall(f"{host} has no VoiceUrl")
    now_ms = carrier.clock.now_ms()
    as_number = Number(
        sid=domain.sid,
        e164=to,
        created_at_ms=now_ms,
        updated_at_ms=now_ms,
        voice_fallback_url=given.get("VoiceFallbackUrl", ""),
        voice_fallback_method=given.get("VoiceFallbackMethod", "POST"),
        status_callback=given.get("VoiceStatusCallbackUrl", ""),
        status_callback_method=given.get("VoiceStatusCallbackMethod", "POST"),
    )
    more = (
        ("SipDomain", domain.domain_name),
        ("SipDomainSid", domain.sid),
        ("SipCallId", f"{new_sid('')}@{source_ip}"),
        ("SipSourceIp", source_ip),
    )
    document = FetchDocument(given["VoiceUrl"], given.get("VoiceMethod", "POST"))
    return calls.place_with(carrier, as_number, from_=from_, document=document, more=more)


def _check(carrier: Carrier, domain: SipDomain, *, source_ip: str, user: str, password: str) -> None:
    lists = [carrier.lines.lists[sid] for sid in domain.lists]
    if not lists:
        raise calls.UnableToCall("403: the domain lets nobody in")
    networks = [entry for one in lists if not one.holds_users for entry in one.entries.values()]
    users = [entry for one in lists if one.holds_users for entry in one.entries.values()]
    if any(not one.holds_users for one in lists) and not any(
        ipaddress.ip_address(source_ip)
        in ipaddress.ip_network((entry.ip_address, entry.cidr_prefix_length), strict=False)
        for entry in networks
    ):
        raise calls.UnableToCall(f"403: {source_ip} is not let in")
    if any(one.holds_users for one in lists) and not any(
        entry.username == user and hmac.compare_digest(entry.password.encode(), password.encode()) for entry in users
    ):
        raise calls.UnableToCall("407: the user is not known, or the password is not right")
