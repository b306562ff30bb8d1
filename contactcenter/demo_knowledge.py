"""What the demo's assistants may look up, and what they find out."""

from django.utils import timezone

from agents import knowledge
from agents.models import Assistant, FactToCollect, KnowledgeDocument

_TITLE = "Marlow Outdoor: hours, prices, returns, workshop"
_TEXT = """# Opening hours
The shop is open Monday to Friday from nine to six, on Saturday from ten to four, and closed on Sunday. The orders desk
answers at the same hours.

# Tents
The Ridge sleeps three, weighs two kilograms and costs four hundred dollars. The Valley sleeps two, weighs one
and a half kilograms and costs two hundred and ninety dollars. The Basecamp sleeps six and costs nine hundred
dollars. All three are in stock, and can be put up in the shop to be looked at.

# Returns
Goods come back within thirty days with the receipt, in the shop or by post. Refunds are made to the card that
paid, within five working days after the parcel is back. Gas cartridges and food cannot be returned.

# Workshop
Tents, jackets and stoves are repaired. A price is told within three days, and a repair takes two weeks on
average. A torn zip costs between thirty and sixty dollars. Stoves must be brought without gas.

# Delivery
Orders leave the warehouse within two working days. Delivery takes three to five days in the country, and is
free above one hundred dollars.
"""
# name -> label, kind. None of them is in the way of a transfer.
_FACTS = {"caller_name": ("name", "text"), "order_number": ("order number", "number")}


def plant(assistant: Assistant) -> None:
    """A document, and facts, of an assistant that has just been made."""
    document = KnowledgeDocument.objects.create(
        assistant=assistant,
        title=_TITLE,
        kind="markdown",
        text=_TEXT,
        added_at=timezone.now(),
        added_by_ref="seed_demo",
    )
    knowledge.index(document)
    for place, (name, (label, kind)) in enumerate(_FACTS.items()):
        FactToCollect.objects.create(
            assistant=assistant, position=place, name=name, label=label, kind=kind, is_required=False
        )
