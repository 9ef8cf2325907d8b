"""What an auditor takes away and checks by himself: bundles, and the one-file verifier inside them."""
