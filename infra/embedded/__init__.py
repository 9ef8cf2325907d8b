"""What one machine needs to run without anybody else's servers."""
