-- What of a person was used, by whom, when: a projection of the ledger's feed, dropped and built anew at will.
-- Pseudonyms and codes only.

ALTER TABLE access.entry ADD COLUMN subject_ref text CHECK (subject_ref ~ '^s_[0-9a-f]{32}$');
GRANT INSERT (subject_ref) ON access.entry TO mianzheng_writer;
-- The door shows it to the auditor; who that is, the rule of access says.
GRANT SELECT ON access.entry TO mianzheng_writer;
CREATE INDEX entry_at ON access.entry (at, entry_id);

CREATE TABLE access.ground (
    application_no text COLLATE "C" PRIMARY KEY,
    item_code      text NOT NULL,
    purpose        text NOT NULL,
    operator       text NOT NULL,
    department     text
);

COMMENT ON TABLE access.ground IS 'By what right the parties of a case are looked up: purpose and operator.';

CREATE TABLE access.party (
    subject_ref    text   COLLATE "C",
    application_no text   COLLATE "C",
    party_ids      text[] NOT NULL,
    PRIMARY KEY (subject_ref, application_no)
);

CREATE INDEX party_application ON access.party (application_no);

CREATE TABLE access.use (
    index          bigint,
    place          integer,
    kind           text        NOT NULL,
    at             timestamptz NOT NULL,
    application_no text        COLLATE "C",
    party_id       text,
    subject_ref    text        COLLATE "C",
    who            text        NOT NULL,
    department     text,
    told           jsonb       NOT NULL,
    PRIMARY KEY (index, place),
    CHECK (application_no IS NOT NULL OR subject_ref IS NOT NULL)
);

CREATE INDEX use_subject ON access.use (subject_ref, index, place) WHERE subject_ref IS NOT NULL;
CREATE INDEX use_application ON access.use (application_no, index, place) WHERE subject_ref IS NULL;

COMMENT ON TABLE access.use IS
    'index: of its event in the feed; place: inside it.  Whose data: subject_ref where it is said, else party_id of the
     case, else every party of the case.  Rows are never taken back: a lookup that a reset replaced was made.';

CREATE VIEW access.use_of_subject AS
    SELECT w.subject_ref, w.index, w.place, w.kind, w.at, w.application_no, w.who, w.department, w.told,
           g.item_code, g.purpose, g.operator, g.department AS operator_department
    FROM (
        SELECT u.subject_ref, u.index, u.place, u.kind, u.at, u.application_no, u.who, u.department, u.told
        FROM access.use u WHERE u.subject_ref IS NOT NULL
        UNION ALL
        SELECT p.subject_ref, u.index, u.place, u.kind, u.at, u.application_no, u.who, u.department, u.told
        FROM access.party p
        JOIN access.use u ON u.application_no = p.application_no AND u.subject_ref IS NULL
                         AND (u.party_id IS NULL OR u.party_id = ANY (p.party_ids))
    ) AS w
    LEFT JOIN access.ground g ON g.application_no = w.application_no;

COMMENT ON VIEW access.use_of_subject IS 'What of a person was used, by whom, when, in which case and for what: by subject_ref.';

GRANT SELECT ON access.ground, access.party, access.use, access.use_of_subject TO mianzheng_writer, mianzheng_reader;
GRANT INSERT, UPDATE, DELETE ON access.ground, access.party, access.use TO mianzheng_writer;
