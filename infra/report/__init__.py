"""Reports to the committee office and the county government: computed, drawn, kept, mailed, and made again."""
