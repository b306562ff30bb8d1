"""Whether digits keyed in secret are right. They are held for as long as a check takes, and only the answer leaves.

An owner's own check is a function of theirs (`CAPTURE_CHECK`): it is given the field's name, the digits and the
caller's number, and says whether they are right.
"""

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from django.views.decorators.debug import sensitive_variables

from agents.models import SecureField
from calls.carrier.capture_callback import Keyed
from calls.lifecycle.capture import CaptureResult

# The caller waits in silence: whoever checks has this long.
CHECK_LIMIT_S = 2.5
CANCEL_KEY = "*"

OwnersCheck = Callable[[str, str, str], bool]
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="keyed")
log = structlog.get_logger(__name__)


@sensitive_variables()
def judge(keyed: Keyed, *, field: SecureField, caller: str) -> CaptureResult:
    """What these digits are. Never raises for what a check does wrong: then they are not checked."""
    if not len(keyed):
        return CaptureResult.SILENT
    if keyed.holds(CANCEL_KEY):
        keyed.take()
        return CaptureResult.CANCELLED
    count, digits = len(keyed), keyed.take()
    if count < field.min_digits:
        return CaptureResult.TOO_FEW
    if count > field.max_digits or not digits.isdecimal():
        return CaptureResult.WRONG
    check: Callable[[], bool]
    match field.check_by:
        case SecureField.Check.LENGTH:
            return CaptureResult.RIGHT
        case SecureField.Check.HASH:
            check = lambda: field.is_secret(digits)  # noqa: E731
        case _:
            check = lambda: bool(_owners()(field.name, digits, caller))  # noqa: E731
    work = _threads.submit(contextvars.copy_context().run, check)
    try:
        return CaptureResult.RIGHT if work.result(CHECK_LIMIT_S) else CaptureResult.WRONG
    except TooLate:
        log.error("secret not checked in time", field=field.pk)
    except Exception as error:  # noqa: BLE001  whatever it says may hold the digits: only its name is kept
        log.error("secret not checked", field=field.pk, error=type(error).__name__)
    return CaptureResult.NOT_CHECKED


def _owners() -> OwnersCheck:
    if not settings.CAPTURE_CHECK:
        raise LookupError("CAPTURE_CHECK is not set")
    check: OwnersCheck = import_string(settings.CAPTURE_CHECK)
    return check
