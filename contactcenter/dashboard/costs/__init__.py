"""The costs page: what calls have cost by day, assistant and campaign; budgets; what the context has saved."""
