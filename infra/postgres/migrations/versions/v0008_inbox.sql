-- What platforms brought to the door: durable before it is handed to its case, and what became of it.

CREATE SCHEMA inbox;
GRANT USAGE ON SCHEMA inbox TO mianzheng_writer, mianzheng_reader;

CREATE TABLE inbox.message (
    platform    text        NOT NULL,
    message_id  text        NOT NULL,
    stream      text        NOT NULL,
    digest      bytea       NOT NULL CHECK (octet_length(digest) = 32),
    sealed      bytea       NOT NULL,
    state       text        NOT NULL DEFAULT 'delivered'
                            CHECK (state IN ('delivered', 'accepted', 'refused', 'unknown_stream')),
    errors      jsonb       NOT NULL DEFAULT '[]',
    tries       integer     NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    received_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at  timestamptz,
    PRIMARY KEY (platform, message_id),
    CHECK ((state = 'delivered') = (decided_at IS NULL))
);

CREATE INDEX message_to_hand_on ON inbox.message (next_try_at) WHERE state = 'delivered';

COMMENT ON TABLE inbox.message IS
    'digest: SHA-256 of the message in canonical form, so that one id stands for one content.  sealed: the message,
     AES-256-GCM under a key that the database never sees.  delivered: ours to hand on; accepted: the case has it on
     record; refused: on record as a refused act; unknown_stream: nothing of ours ever waited there.';

GRANT SELECT, INSERT ON inbox.message TO mianzheng_writer;
GRANT UPDATE (state, errors, tries, next_try_at, decided_at) ON inbox.message TO mianzheng_writer;
GRANT SELECT (platform, message_id, stream, digest, state, errors, tries, next_try_at, received_at, decided_at)
    ON inbox.message TO mianzheng_reader;
