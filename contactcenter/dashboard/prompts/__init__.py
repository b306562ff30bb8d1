"""Prompts on the screen: assistants, versions, the editor of a draft, publication, trials and what came of them."""
