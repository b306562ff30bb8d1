"""Secrets that requests are signed with, in Django admin: made here, shown once, kept encrypted."""

import base64
import secrets
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance import audit

# Standard Webhooks: 24 to 64 bytes.
_SECRET_BYTES = 32


class Signing(admin.ModelAdmin):
    """Admin of rows with a `signing_secret` and a mutator `sign_with`; `signs` is how the audit log names one."""

    signs = ""
    actions = ("new_signing_secret",)

    @admin.display(boolean=True, description="signed")
    def is_signed(self, row: Any) -> bool:
        """True when requests carry a signature."""
        return bool(row.signing_secret)

    @admin.action(description="New signing secret", permissions=["change"])
    def new_signing_secret(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Sign requests anew; the secret is shown this once, for the server."""
        for row in chosen:
            secret = f"whsec_{base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()}"
            row.sign_with(secret)
            who = request.user.get_username()
            audit.note(act=f"sign_{self.signs}", subject=f"{self.signs}:{row.pk}", by=who, now=timezone.now())
            messages.success(request, f"{row} is signed with {secret} from now on. It is not shown again.")
