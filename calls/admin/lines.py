"""Trunks, lists, SIP domains and orders in Django admin: read here; they are changed on their own pages."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from calls.admin.facts import Facts, FactsInline
from calls.models import (
    CallerId,
    NumberOrder,
    OriginationTarget,
    SipAccessEntry,
    SipAccessList,
    SipDomain,
    Trunk,
)
from compliance.redaction import mask_address


class TargetInline(FactsInline):
    """Where its calls go."""

    model = OriginationTarget
    fields = ("uri", "priority", "weight", "is_on", "name")
    ordering = ("priority", "-weight")


class EntryInline(FactsInline):
    """Who stands on it."""

    model = SipAccessEntry
    fields = ("value", "prefix")
    ordering = ("value",)


@admin.register(Trunk)
class TrunkAdmin(Facts):
    """Trunks as the carrier had them."""

    list_display = ("name", "domain", "is_secure", "recording", "transfer", "read_at")
    list_filter = ("is_secure", "recording", "transfer", "is_rtp_symmetric")
    search_fields = ("name", "domain", "trunk_sid")
    inlines = (TargetInline,)


@admin.register(OriginationTarget)
class OriginationTargetAdmin(Facts):
    """Addresses of trunks."""

    list_display = ("uri", "trunk", "priority", "weight", "is_on")
    list_filter = ("is_on", "trunk")
    search_fields = ("uri", "name", "trunk__name")
    list_select_related = ("trunk",)


@admin.register(SipAccessList)
class SipAccessListAdmin(Facts):
    """Lists of who may send calls. Passwords are kept nowhere."""

    list_display = ("name", "kind", "read_at")
    list_filter = ("kind",)
    search_fields = ("name", "list_sid", "entries__value")
    inlines = (EntryInline,)


@admin.register(SipAccessEntry)
class SipAccessEntryAdmin(Facts):
    """User names and addresses on lists."""

    list_display = ("value", "prefix", "of")
    list_filter = ("of__kind",)
    search_fields = ("value", "of__name")
    list_select_related = ("of",)


@admin.register(SipDomain)
class SipDomainAdmin(Facts):
    """Where telephone systems call in."""

    list_display = ("domain", "number", "is_ours", "is_secure", "read_at")
    list_filter = ("is_ours", "is_secure")
    search_fields = ("domain", "name")
    list_select_related = ("number",)


@admin.register(NumberOrder)
class NumberOrderAdmin(Facts):
    """Who wanted to buy which number, and what came of it."""

    list_display = ("e164", "state", "price", "by_ref", "asked_at")
    list_filter = ("state", "kind")
    search_fields = ("e164", "by_ref", "phone_number_sid")


@admin.register(CallerId)
class CallerIdAdmin(Facts):
    """Numbers of others that we may show."""

    list_display = ("shown", "name", "is_verified", "asked_by_ref", "read_at")
    list_filter = ("asked_at",)
    search_fields = ("e164", "name")

    def get_exclude(self, request: HttpRequest, obj: CallerId | None = None) -> Any:
        """Whole numbers only for those who may see them."""
        return () if request.user.has_perm("calls.see_numbers") else ("e164",)

    @admin.display(description="number")
    def shown(self, caller_id: CallerId) -> str:
        """The number, masked."""
        return mask_address(caller_id.e164)

    @admin.display(description="verified", boolean=True)
    def is_verified(self, caller_id: CallerId) -> bool:
        """True once its code was keyed in."""
        return bool(caller_id.caller_id_sid)
