-- Acts on many tasks run on exactly what was shown before (issue: preview and count, then the frozen list).

CREATE SCHEMA bulk;
GRANT USAGE ON SCHEMA bulk TO mianzheng_writer, mianzheng_reader;

CREATE TABLE bulk.list (
    list_id uuid        PRIMARY KEY,
    made_by text        NOT NULL,
    made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    wanted  jsonb       NOT NULL
);

COMMENT ON TABLE bulk.list IS
    'What is to be done, with the reason, and by which filter it was chosen; made_by alone may run it.';

CREATE TABLE bulk.item (
    list_id    uuid   NOT NULL REFERENCES bulk.list,
    place      int    NOT NULL,
    stream     text   NOT NULL,
    assignment text   NOT NULL,
    seen       text   NOT NULL,
    outcome    text,
    detail     jsonb,
    done_at    timestamptz,
    PRIMARY KEY (list_id, place)
);

COMMENT ON TABLE bulk.item IS
    'seen is how the task stood when the list was frozen: one that stands otherwise is skipped.  outcome is null until
     it was looked at; a run that was broken off goes on with those.';

GRANT SELECT ON ALL TABLES IN SCHEMA bulk TO mianzheng_writer, mianzheng_reader;
GRANT INSERT ON ALL TABLES IN SCHEMA bulk TO mianzheng_writer;
GRANT UPDATE (outcome, detail, done_at) ON bulk.item TO mianzheng_writer;
