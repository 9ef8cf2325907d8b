"""What runs: which workflows and activities a process serves, composed with the outside."""
