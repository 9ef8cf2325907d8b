"""What is sent to others' addresses when something happens to a case: CloudEvents, signed, at least once."""
