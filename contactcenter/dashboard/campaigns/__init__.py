"""The screens of campaigns: the list, the steps of writing one, its live page, its contacts."""
