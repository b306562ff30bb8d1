"""A small business: a calendar that is asked over HTTP, and a customer file that speaks the Model Context Protocol."""
