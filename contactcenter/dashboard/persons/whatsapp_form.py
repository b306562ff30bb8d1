"""What a person's page shows of WhatsApp: one row for each sender, and the form of a call."""

from datetime import datetime
from typing import Any

from django import forms

from agents.models import Assistant
from calls.models import WhatsAppSender, WhatsAppTemplate
from compliance.verdict import Purpose
from contactcenter.dashboard.campaigns.forms import choose_from
from contactcenter.dashboard.campaigns.words import PURPOSES
from contactcenter.dashboard.persons import whatsapp_standing
from contactcenter.dashboard.persons.subject import Subject

_PURPOSES = (Purpose.INFORMATIONAL, Purpose.TELEMARKETING, Purpose.HEALTHCARE)


class WhatsAppCallForm(forms.Form):
    """A call by WhatsApp: who speaks, what for, on whose behalf, from which sender."""

    speaker = forms.ChoiceField(label="Who speaks")
    purpose = forms.ChoiceField(label="What for", choices=[(p.value, PURPOSES[p].capitalize()) for p in _PURPOSES])
    seller = forms.CharField(label="On behalf of", max_length=120)
    topic = forms.CharField(label="About", max_length=120, required=False)
    sender = forms.ModelChoiceField(label="They see", queryset=WhatsAppSender.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_whatsapp_%s"} | kwargs)
        assistants = Assistant.objects.filter(is_active=True).order_by("name").values_list("pk", "name")
        self.fields["speaker"].choices = [  # type: ignore[attr-defined]  # a field of choices has them
            ("me", "I do"),
            *((str(pk), f"{name} (AI)") for pk, name in assistants),
        ]
        choose_from(self.fields["sender"], WhatsAppSender.objects.filter(is_on=True).select_related("number"))


def of_person(who: Subject, *, seller: str, topic: str, now: datetime) -> dict[str, Any]:
    """What the page shows of WhatsApp: one row for each sender they may be called from."""
    serving = WhatsAppSender.serving()
    if not serving:
        return {"whatsapp": []}
    return {
        "whatsapp": [whatsapp_standing.row(sender, who.number, now=now) for sender in serving],
        "whatsapp_templates": WhatsAppTemplate.for_permission(),
        "whatsapp_buttons": WhatsAppTemplate.with_button(),
        "whatsapp_form": WhatsAppCallForm(initial={"seller": seller, "topic": topic}),
    }
