"""Where a campaign stands: what is over stays over, and nothing runs that nobody has approved."""

import itertools

import pytest

from calls.lifecycle.campaign import CAMPAIGN_MOVES, CampaignFact, CampaignState, campaign_after

_S, _F = CampaignState, CampaignFact


def test_it_runs_only_after_somebody_approved() -> None:
    reached, frontier = {_S.DRAFT}, [_S.DRAFT]
    while frontier:
        state = frontier.pop()
        for fact in set(_F) - {_F.APPROVED}:
            after = campaign_after(state, fact)
            if after not in reached:
                reached.add(after)
                frontier.append(after)
    assert _S.RUNNING not in reached
    assert reached == {_S.DRAFT, _S.WAITING, _S.STOPPED}


@pytest.mark.parametrize(("state", "fact"), list(itertools.product(CampaignState, CampaignFact)))
def test_what_was_stopped_stays_stopped(state: CampaignState, fact: CampaignFact) -> None:
    after = campaign_after(state, fact)
    if state is _S.STOPPED:
        assert after is _S.STOPPED
    if fact is _F.STOPPED:
        assert after is _S.STOPPED
    if (state, fact) not in CAMPAIGN_MOVES:
        assert after is state


def test_every_state_is_reached() -> None:
    reached = {_S.DRAFT}
    for _ in CampaignState:
        reached |= {campaign_after(state, fact) for state in reached for fact in CampaignFact}
    assert reached == set(CampaignState)
