-- Worklists: a read model of the ledger, dropped and built anew at will (design §8).  Nothing personal stands in it.

CREATE SCHEMA worklist;
GRANT USAGE ON SCHEMA worklist TO mianzheng_writer, mianzheng_reader;

CREATE TABLE worklist.stream (
    stream         text   COLLATE "C",
    application_no text   COLLATE "C",
    asked          text[] NOT NULL,
    asked_roles    text[] NOT NULL,
    helpers        text[] NOT NULL,
    leaf_index     bigint NOT NULL,
    PRIMARY KEY (stream, application_no)
);

CREATE INDEX stream_application ON worklist.stream (application_no);

COMMENT ON TABLE worklist.stream IS
    'What each stream adds to what may be known of a case; one that cases share has a row for each of them.  leaf_index
     is the last event of the stream that was taken.';

CREATE TABLE worklist.unreadable (
    stream     text   COLLATE "C" PRIMARY KEY,
    leaf_index bigint NOT NULL,
    reason     text   NOT NULL
);

COMMENT ON TABLE worklist.unreadable IS
    'Streams whose events cannot be folded: the lists show them as they were before, and nothing else waits for them.';

CREATE TABLE worklist.application (
    application_no  text        COLLATE "C" PRIMARY KEY,
    item_code       text,
    item_name       text,
    department      text,
    department_name text,
    taken_in_by     text,
    taken_in_with   text,
    mode            text,
    stage           text,
    decision        text,
    standings       jsonb       NOT NULL DEFAULT '{}',
    received_at     timestamptz,
    accepted_at     timestamptz,
    ended_at        timestamptz,
    asked           text[]      NOT NULL DEFAULT '{}',
    asked_roles     text[]      NOT NULL DEFAULT '{}',
    helpers         text[]      NOT NULL DEFAULT '{}',
    keys            text[]      COLLATE "C" NOT NULL DEFAULT '{}',
    leaf_index      bigint      NOT NULL DEFAULT -1
);

CREATE INDEX application_received ON worklist.application (received_at, application_no) WHERE stage IS NOT NULL;
CREATE INDEX application_keys ON worklist.application USING gin (keys) WITH (fastupdate = off);

COMMENT ON TABLE worklist.application IS
    'A case as lists show it.  stage is null for a number under which there is no case of ours: a completion that a
     holder asked for.  keys are the grounds on which somebody may see it (schemas/worklist.py).';

CREATE TABLE worklist.task (
    stream          text        COLLATE "C",
    assignment      text        COLLATE "C",
    cases           text[]      COLLATE "C" NOT NULL,
    keys            text[]      COLLATE "C" NOT NULL DEFAULT '{}',
    step            text        NOT NULL,
    requirement     text,
    responsible     text        NOT NULL,
    who             text        NOT NULL,
    department      text,
    recipients      text[]      NOT NULL,
    task            text        NOT NULL,
    follows         text        NOT NULL,
    opened_at       timestamptz NOT NULL,
    due_at          timestamptz NOT NULL,
    due_provisional boolean     NOT NULL,
    ends_at         timestamptz,
    colour          text,
    urgency         smallint    NOT NULL,
    held_since      timestamptz,
    claimed_by      text,
    claimed_at      timestamptz,
    closed          text,
    closed_at       timestamptz,
    PRIMARY KEY (stream, assignment)
);

CREATE INDEX task_due    ON worklist.task (due_at, stream, assignment) WHERE closed IS NULL;
CREATE INDEX task_colour ON worklist.task (urgency, due_at, stream, assignment) WHERE closed IS NULL;
CREATE INDEX task_opened ON worklist.task (opened_at, stream, assignment) WHERE closed IS NULL;
CREATE INDEX task_claimed ON worklist.task (claimed_by, due_at) WHERE closed IS NULL AND claimed_by IS NOT NULL;
CREATE INDEX task_keys   ON worklist.task USING gin (keys) WITH (fastupdate = off) WHERE closed IS NULL;
CREATE INDEX task_cases  ON worklist.task USING gin (cases) WITH (fastupdate = off);

COMMENT ON TABLE worklist.task IS
    'Every task of a person or department, open and closed.  urgency is 0 for red, 1 orange, 2 blue, 3 without alarm;
     keys are those of its cases together.';

GRANT SELECT ON ALL TABLES IN SCHEMA worklist TO mianzheng_writer, mianzheng_reader;
GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA worklist TO mianzheng_writer;
