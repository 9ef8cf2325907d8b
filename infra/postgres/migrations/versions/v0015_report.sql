-- Submissions of departments and reports: a handful of rows a month, found by the beginning of their stream.

CREATE INDEX event_report ON ledger.event (stream text_pattern_ops)
    WHERE type IN ('submission_received', 'report_issued', 'report_sent');

COMMENT ON INDEX ledger.event_report IS
    'register/submission/<month>/… and register/report/<kind>/…: looked up by prefix, which the index of streams, in
     the database''s own collation, does not serve.';
