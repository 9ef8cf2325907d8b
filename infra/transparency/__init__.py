"""The transparency log over the feed: one Merkle tree, signed heads, and the places they are kept."""
