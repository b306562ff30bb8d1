"""What we tell the systems of the business by ourselves: webhooks that go out."""
