-- What a pipeline needs in its database. Idempotent; run by the job at its start, or once by a person whose job has no right to create.
-- Statements end with a semicolon at the end of a line. A job adds one table of its own for each consistency group:
-- "SPINDRIFT"."FENCE_<pipeline>", whose single row its commits lock, one after the other.

CREATE SCHEMA IF NOT EXISTS "SPINDRIFT";
CREATE SCHEMA IF NOT EXISTS "RAW";
CREATE SCHEMA IF NOT EXISTS "MIRROR";

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
-- before it. ROWS and TABLE_COUNTS say what the staged files hold; DUPLICATE_ROWS of them were in RAW before and were left out.
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
  "COMMITTED_AT" TIMESTAMP_TZ(6) NOT NULL,
  "DURATION_MS" NUMBER(19,0) NOT NULL,
  PRIMARY KEY ("PIPELINE", "CONSISTENCY_GROUP", "COMMIT_ID")
);

-- How far each topic-partition has come. APPLIED_OFFSET: the highest offset of a row in RAW; where it meets a commit's own offsets, the
-- commit looks for rows it already has. READ_OFFSET: the highest offset that was read and accounted for, rows or not; reading that begins
-- behind it has left out something. TOPIC_ID: a topic that was made anew has another.
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

-- One row a change that is in RAW and could not be merged: it leaves out a value that PostgreSQL had not changed, and MIRROR has no such row.
-- Written in the transaction of its commit. (Records that could not become changes at all are in the pipeline's dead-letter topic.)
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."DEAD_LETTERS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "TOPIC" VARCHAR(255) NOT NULL,
  "PARTITION" NUMBER(10,0) NOT NULL,
  "OFFSET" NUMBER(19,0) NOT NULL,
  "TIMESTAMP" TIMESTAMP_TZ(6) NOT NULL,
  "REASON" VARCHAR(255) NOT NULL,
  "DETAIL" VARCHAR(16777216) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  "RECORDED_AT" TIMESTAMP_TZ(6) NOT NULL,
  PRIMARY KEY ("PIPELINE", "TOPIC", "PARTITION", "OFFSET")
);
