"""What is owed to the people we call, over every store: receipts and packets, retention, export and erasure."""
