"""The stand-in's opinion of a prompt, asked for and read as the product does."""

from agents import prompt_critique
from sandbox.model import reviewer

PROMPT = (
    "# Role and objective\nYou answer for {{business}}. Be brief.\n\n"
    + "Tell them about tents, and about bicycles too. " * 8
)


def asked(wrong: str = "") -> prompt_critique.Critique:
    question = prompt_critique.question(PROMPT, ["Unknown variable: {{nobody}}."], wrong=wrong)
    items = [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": question}]}]
    answer = reviewer.opinion({"instructions": prompt_critique.INSTRUCTIONS}, items)
    assert answer is not None
    return prompt_critique.read(answer)


def test_it_says_what_was_found_and_writes_the_prompt_in_sections():
    opinion = asked()
    assert opinion.issues[0] == "Unknown variable: {{nobody}}."
    assert "is hard to follow" in opinion.issues[1]
    (variant,) = opinion.variants
    (role,) = variant.sections
    assert role.kind == "role"
    assert role.text.startswith("You answer for {{business}}. Be brief.\n\n- Tell them about tents")
    assert role.text.count("\n- Tell them") == 8


def test_it_mends_what_goes_wrong_in_two_ways():
    opinion = asked("It asks twice.")
    assert [variant.name for variant in opinion.variants] == ["a rule", "a check before each answer"]
    assert all("It asks twice." in variant.sections[-1].text for variant in opinion.variants)


def test_whoever_asks_for_something_else_gets_no_opinion():
    assert reviewer.opinion({"instructions": "You answer the phone."}, [{"content": "Hello"}]) is None
