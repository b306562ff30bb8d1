"""WhatsApp: senders and their set-up, templates, asking people whether we may call, and calling them."""
