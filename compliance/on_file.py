"""Everything on file about one number, in one question to the database: this is asked for every call, and by dry runs a
million times.

Consents are not among it, because parts of them are encrypted, and lists neither (`compliance.lists`).
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db import connection

from compliance.models import ErasedNumber
from compliance.verdict import PermitState, Purpose

_TAKEN = (PermitState.SENT, PermitState.UNKNOWN, PermitState.CONFIRMED)
# The moment is the statement's, as everywhere where permits are compared with a clock. An attempt is a request that the
# carrier took, or may have; ringing our own people at a number of theirs is none.
_QUERY = """
SELECT jsonb_build_object(
    'clock', clock_timestamp(),
    'is_paused', (SELECT count(*) = 0 OR bool_or(is_off) FROM compliance_outboundswitch),
    'has_open_permit', EXISTS (
        SELECT FROM compliance_dialpermit WHERE number = %(number)s
        AND (state = 'issued' AND expires_at > statement_timestamp() OR state IN ('sent', 'unknown'))
    ),
    'is_errand_done', %(errand)s <> '' AND EXISTS (
        SELECT FROM compliance_dialpermit WHERE errand_ref = %(errand)s AND state <> 'void'
    ),
    'person', (
        SELECT to_jsonb(found) FROM (
            SELECT id, line_type, line_type_at, address_state, address_zone, address_source, address_at,
                   last_purchase_date, last_inquiry_date, is_restricted
            FROM compliance_person WHERE number = %(number)s
        ) found
    ),
    'revocations', (
        SELECT coalesce(jsonb_agg(jsonb_build_array(scope, received_at, topic, channels) ORDER BY id), '[]')
        FROM compliance_revocation WHERE number = %(number)s
    ),
    'suppressed', (
        SELECT coalesce(jsonb_agg(scope ORDER BY scope), '[]')
        FROM compliance_suppressionentry WHERE number = %(number)s AND lifted_at IS NULL
    ),
    'reassigned', (
        SELECT jsonb_build_array(answer, asked_date, answered_at) FROM compliance_reassignedanswer
        WHERE number = %(number)s ORDER BY answered_at DESC, id DESC LIMIT 1
    ),
    'attempts', (
        SELECT coalesce(jsonb_agg(permit.sent_at ORDER BY permit.sent_at), '[]')
        FROM compliance_dialpermit permit JOIN compliance_dialdecision decision ON decision.id = permit.decision_id
        WHERE permit.number = %(number)s AND permit.sent_at > %(since)s AND permit.state = ANY(%(taken)s)
        AND decision.purpose <> %(staff)s
    ),
    'states', (
        SELECT coalesce(jsonb_agg(to_jsonb(board) ORDER BY board.state), '[]') FROM (
            SELECT state, is_enabled, ai_sales_signed_off_by, ai_sales_signed_off_at, ai_sales_until, is_suspended,
                   suspended_until
            FROM compliance_stateswitch
            WHERE state = ANY(%(states)s)
            OR state = (SELECT upper(trim(address_state)) FROM compliance_person WHERE number = %(number)s)
        ) board
    )
)
"""


def of_number(number: str, *, states: Collection[str], errand: str, since: datetime) -> dict[str, Any]:
    """What is on file, by name; moments and days are still text, in the spelling of ISO 8601."""
    asked: dict[str, Any] = {
        "number": number,
        "errand": errand,
        "states": list(states),
        "since": since,
        "taken": [state.value for state in _TAKEN],
        "staff": Purpose.STAFF.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, asked)
        (text,) = cursor.fetchone()
    found: dict[str, Any] = json.loads(text)
    found["suppressed"] += ErasedNumber.scopes_of(number)
    return found
