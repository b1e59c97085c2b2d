-- What a pipeline needs in its database. Idempotent; run by the job at its start, or once by a person whose job has no right to create.
-- Statements end with a semicolon at the end of a line. A job adds one table of its own for each consistency group:
-- "SPINDRIFT"."FENCE_<pipeline>", whose single row its commits lock, one after the other.

CREATE SCHEMA IF NOT EXISTS "SPINDRIFT";
CREATE SCHEMA IF NOT EXISTS "RAW";
CREATE SCHEMA IF NOT EXISTS "MIRROR";
CREATE SCHEMA IF NOT EXISTS "MIRROR_AHEAD";

-- Files wait here between the writer and the commit. Server-side encryption: no client-side encryption cost; the choice is immutable.
CREATE STAGE IF NOT EXISTS "SPINDRIFT"."STAGE" ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE');

-- One row a pipeline. EPOCH is raised by each starting committer, and an older one can commit no more. EPOCH_TOKEN is its proof: a number
-- that two of them wrote at once would be the same.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."PIPELINES" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "EPOCH" NUMBER(19,0) NOT NULL,
  "EPOCH_TOKEN" VARCHAR(36),
  "EPOCH_JOB_ID" VARCHAR(255),
  "EPOCH_OWNER" VARCHAR(1000),
  "EPOCH_RAISED_AT" TIMESTAMP_TZ(6),
  PRIMARY KEY ("PIPELINE")
);

-- One row a commit and consistency group, written in the transaction of its data: the proof that the commit happened. Each names the one
-- before it. ROWS says how many rows of RAW the staged files hold, DUPLICATE_ROWS of them were in RAW before and were left out; TABLE_COUNTS
-- divides them by table and operation, and has dead letters as "SPINDRIFT.DEAD_LETTERS". READ_RECORDS = APPLIED + SUPERSEDED + DUPLICATES +
-- DEAD + IGNORED: what the job read since the commit before, and what became of it, compared before the commit is made. They are NULL where a
-- commit was made by an older build, and in all but one of a commit's consistency groups. ROWS of all groups is APPLIED + SUPERSEDED.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."COMMITS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "CONSISTENCY_GROUP" VARCHAR(255) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  "PREVIOUS_COMMIT_ID" VARCHAR(36) NOT NULL,
  "EPOCH" NUMBER(19,0) NOT NULL,
  "CHECKPOINT_ID" NUMBER(19,0) NOT NULL,
  "MANIFEST_HASH" VARCHAR(64) NOT NULL,
  "FILES" NUMBER(10,0) NOT NULL,
  "ROWS" NUMBER(19,0) NOT NULL,
  "DUPLICATE_ROWS" NUMBER(19,0) NOT NULL,
  "BYTES" NUMBER(19,0) NOT NULL,
  "TABLE_COUNTS" VARIANT NOT NULL,
  "MANIFEST" VARIANT NOT NULL,
  "WATERMARK" TIMESTAMP_TZ(6),
  "HIGHEST_LSN" NUMBER(20,0),
  "READ_RECORDS" NUMBER(19,0),
  "APPLIED" NUMBER(19,0),
  "SUPERSEDED" NUMBER(19,0),
  "DUPLICATES" NUMBER(19,0),
  "DEAD" NUMBER(19,0),
  "IGNORED" NUMBER(19,0),
  "COMMITTED_AT" TIMESTAMP_TZ(6) NOT NULL,
  "DURATION_MS" NUMBER(19,0) NOT NULL,
  PRIMARY KEY ("PIPELINE", "CONSISTENCY_GROUP", "COMMIT_ID")
);

-- How far each topic-partition has come. APPLIED_OFFSET: the highest offset of a row in RAW or of a dead letter; where it meets a commit's own offsets, the
-- commit looks for rows it already has. READ_OFFSET: the highest offset that was read and accounted for, rows or not; reading that begins
-- behind it has left out something. TOPIC_ID: a topic that was made anew has another. What bin/spindrift accept gap was told stands in the
-- group 'accepted gap', with the time in COMMIT_ID.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."OFFSETS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "CONSISTENCY_GROUP" VARCHAR(255) NOT NULL,
  "TOPIC" VARCHAR(255) NOT NULL,
  "PARTITION" NUMBER(10,0) NOT NULL,
  "TOPIC_ID" VARCHAR(255),
  "APPLIED_OFFSET" NUMBER(19,0) NOT NULL,
  "READ_OFFSET" NUMBER(19,0) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  PRIMARY KEY ("PIPELINE", "CONSISTENCY_GROUP", "TOPIC", "PARTITION")
);

-- One row a record that could not become a change, or a change that stands in RAW and could not be merged, as it leaves out a value that
-- PostgreSQL had not changed and MIRROR has no such row. Loaded in the transaction of its commit; each (pipeline, topic, partition, offset) at
-- most once. KEY, VALUE and HEADERS are the record's own, byte for byte; all NULL where one is larger than its column holds, and for changes
-- whose TOAST value is not known: the record itself stands in its topic. HEADERS is [{"name": …, "value": hexadecimal}, …]. REPLAYED_AT: when
-- bin/spindrift dead-letters replay sent it to its topic again.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."DEAD_LETTERS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "TOPIC" VARCHAR(255) NOT NULL,
  "PARTITION" NUMBER(10,0) NOT NULL,
  "OFFSET" NUMBER(19,0) NOT NULL,
  "TIMESTAMP" TIMESTAMP_TZ(3),
  "REASON" VARCHAR(255) NOT NULL,
  "DETAIL" VARCHAR(16777216) NOT NULL,
  "KEY" BINARY(67108864),
  "VALUE" BINARY(67108864),
  "HEADERS" VARIANT,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  "STAGED_FILE" VARCHAR(1000) NOT NULL,
  "RECORDED_AT" TIMESTAMP_TZ(6) NOT NULL,
  "REPLAYED_AT" TIMESTAMP_TZ(6),
  PRIMARY KEY ("PIPELINE", "TOPIC", "PARTITION", "OFFSET")
);

-- One row a stop of a table: a dead letter, first of its commit at this place, whose reason has the policy stop-table. From that commit on, and
-- until RESUMED_AT, MIRROR has the table as it was before it, and MIRROR_AHEAD has under the name AHEAD what MIRROR would have. AHEAD is made
-- with the stop and dropped when the table is resumed. RESUMED_BY: the id of the row in COMMITS, one without files, that bin/spindrift
-- stopped-tables resume has made.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."STOPPED_TABLES" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "TABLE_NAME" VARCHAR(255) NOT NULL,
  "AHEAD" VARCHAR(255) NOT NULL,
  "TOPIC" VARCHAR(255) NOT NULL,
  "PARTITION" NUMBER(10,0) NOT NULL,
  "OFFSET" NUMBER(19,0) NOT NULL,
  "REASON" VARCHAR(255) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  "STOPPED_AT" TIMESTAMP_TZ(6) NOT NULL,
  "RESUMED_AT" TIMESTAMP_TZ(6),
  "RESUMED_BY" VARCHAR(36),
  PRIMARY KEY ("PIPELINE", "AHEAD")
);
