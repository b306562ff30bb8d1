"""Everything on file about numbers, in one question to the database: of one number for every call, and of some hundred
at once by dry runs, which ask about a million. Both are the same question.

Consents are not among it, because parts of them are encrypted, and lists neither (`compliance.lists`).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from compliance.encrypted import keyed_hash
from compliance.verdict import PermitState, Purpose

_TAKEN = (PermitState.SENT, PermitState.UNKNOWN, PermitState.CONFIRMED)
# Each number is looked up by itself, through the indexes, however many are asked about: what is found of one does not
# depend on the others. The moment is the statement's, as everywhere where permits are compared with a clock. An attempt
# is a request that the carrier took, or may have; ringing our own people at a number of theirs is none.
_QUERY = """
SELECT jsonb_build_object(
    'clock', clock_timestamp(),
    'is_paused', (SELECT count(*) = 0 OR bool_or(is_off) FROM compliance_outboundswitch),
    'has_open_permit', EXISTS (
        SELECT FROM compliance_dialpermit WHERE number = asked.number
        AND (state = 'issued' AND expires_at > statement_timestamp() OR state IN ('sent', 'unknown'))
    ),
    'is_errand_done', asked.errand <> '' AND EXISTS (
        SELECT FROM compliance_dialpermit WHERE errand_ref = asked.errand AND errand_ref <> '' AND state <> 'void'
    ),
    'person', (
        SELECT to_jsonb(found) FROM (
            SELECT id, line_type, line_type_at, address_state, address_zone, address_source, address_at,
                   last_purchase_date, last_inquiry_date, is_restricted
            FROM compliance_person WHERE number = asked.number
        ) found
    ),
    'revocations', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(scope, received_at, topic, channels) ORDER BY id), '[]')
        FROM compliance_revocation WHERE number = asked.number
    ),
    'suppressed', (
        SELECT coalesce(jsonb_agg(scope ORDER BY scope), '[]')
        FROM compliance_suppressionentry WHERE number = asked.number AND lifted_at IS NULL
    ),
    'reassigned', (
        SELECT jsonb_build_array(answer, asked_date, answered_at) FROM compliance_reassignedanswer
        WHERE number = asked.number ORDER BY answered_at DESC, id DESC LIMIT 1
    ),
    'attempts', (
        SELECT coalesce(jsonb_agg(permit.sent_at ORDER BY permit.sent_at), '[]')
        FROM compliance_dialpermit permit JOIN compliance_dialdecision decision ON decision.id = permit.decision_id
        WHERE permit.number = asked.number AND permit.sent_at > %(since)s AND permit.state = ANY(%(taken)s)
        AND decision.purpose <> %(staff)s
    ),
    'erased', (
        SELECT coalesce(jsonb_agg(CASE WHEN bars_everything THEN 'all' ELSE 'marketing' END), '[]')
        FROM compliance_erasednumber WHERE number_hash = asked.hash
    ),
    'states', (
        SELECT coalesce(jsonb_agg(to_jsonb(board) ORDER BY board.state), '[]') FROM (
            SELECT state, is_enabled, ai_sales_signed_off_by, ai_sales_signed_off_at, ai_sales_until, is_suspended,
                   suspended_until
            FROM compliance_stateswitch
            WHERE state = ANY(string_to_array(asked.states, ' '))
            OR state = (SELECT upper(trim(address_state)) FROM compliance_person WHERE number = asked.number)
        ) board
    )
)
FROM unnest(%(numbers)s::text[], %(errands)s::text[], %(hashes)s::text[], %(states)s::text[])
    WITH ORDINALITY AS asked (number, errand, hash, states, place)
ORDER BY asked.place
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A number that is asked about, as E.164: the states it may be in, and what it is to be rung for."""

    number: str
    states: Collection[str] = ()
    errand: str = ""


def of_numbers(asked: Sequence[Asked], *, since: datetime) -> list[dict[str, Any]]:
    """What is on file about each, in their order, by name; moments and days are still text, as ISO 8601 spells them."""
    values: dict[str, Any] = {
        "numbers": [one.number for one in asked],
        "errands": [one.errand for one in asked],
        "hashes": [keyed_hash(one.number) for one in asked],
        "states": [" ".join(one.states) for one in asked],
        "since": since,
        "taken": [state.value for state in _TAKEN],
        "staff": Purpose.STAFF.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        found: list[dict[str, Any]] = [json.loads(text) for (text,) in cursor.fetchall()]
    for one in found:
        one["suppressed"] += one.pop("erased")
    return found
