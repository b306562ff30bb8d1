"""How the campaign stands: whether it is paused, how many heard nobody, whether anybody would be free to speak."""

from collections.abc import Iterator

from compliance.rules.question import Question
from compliance.verdict import Code, Refusal


def check(question: Question) -> Iterator[Refusal]:
    """47 CFR 64.1200(a)(7): at most 3 % of calls answered by a person in 30 days may be abandoned."""
    campaign = question.facts.door.campaign
    if campaign is None or not question.is_sale or campaign.abandoned_pct is None:
        return
    # Not "more than": what is no figure at all is no permission either.
    if not campaign.abandoned_pct <= question.law.limit("abandoned, percent", question.today):
        clause = "47 CFR 64.1200(a)(7); 16 CFR 310.4(b)(4)"
        yield Refusal(Code.CAMPAIGN_ABANDON_RATE, clause, detail=f"{campaign.abandoned_pct:.2f} %")
