"""效能监督 page: a case as a timeline, its proofs checked in the browser, the league table of departments.

A thin client of the HTTP API: what it shows, it asks with the bearer's own token, so the rule of access, the rates and
the record of looks are those of the API.
"""
