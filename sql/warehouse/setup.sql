-- What a pipeline needs in its database. Idempotent; run by the job at its start, or once by a person whose job has no right to create.
-- Statements end with a semicolon at the end of a line.

CREATE SCHEMA IF NOT EXISTS "SPINDRIFT";
CREATE SCHEMA IF NOT EXISTS "RAW";
CREATE SCHEMA IF NOT EXISTS "MIRROR";

-- Files wait here between the writer and the commit. Server-side encryption: no client-side encryption cost; the choice is immutable.
CREATE STAGE IF NOT EXISTS "SPINDRIFT"."STAGE" ENCRYPTION = (TYPE = 'SNOWFLAKE_SSE');

-- One row a pipeline. EPOCH is the fence: a starting committer raises it, and an older one can commit no more.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."PIPELINES" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "EPOCH" NUMBER(19,0) NOT NULL,
  "EPOCH_OWNER" VARCHAR(1000),
  "EPOCH_RAISED_AT" TIMESTAMP_TZ(6),
  "LAST_COMMIT_ID" VARCHAR(36),
  "LAST_COMMITTED_AT" TIMESTAMP_TZ(6),
  PRIMARY KEY ("PIPELINE")
);

-- One row a commit, written in the transaction of its data: the proof that the commit happened.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."COMMITS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  "EPOCH" NUMBER(19,0) NOT NULL,
  "CHECKPOINT_ID" NUMBER(19,0) NOT NULL,
  "MANIFEST_HASH" VARCHAR(64) NOT NULL,
  "FILES" NUMBER(10,0) NOT NULL,
  "ROWS" NUMBER(19,0) NOT NULL,
  "BYTES" NUMBER(19,0) NOT NULL,
  "TABLE_COUNTS" VARIANT NOT NULL,
  "WATERMARK" TIMESTAMP_TZ(6),
  "HIGHEST_LSN" NUMBER(20,0),
  "COMMITTED_AT" TIMESTAMP_TZ(6) NOT NULL,
  "DURATION_MS" NUMBER(19,0) NOT NULL,
  PRIMARY KEY ("PIPELINE", "COMMIT_ID")
);

-- The highest applied offset of each topic-partition: where it meets a commit's own offsets, the commit looks for rows it already has.
CREATE TABLE IF NOT EXISTS "SPINDRIFT"."OFFSETS" (
  "PIPELINE" VARCHAR(255) NOT NULL,
  "TOPIC" VARCHAR(255) NOT NULL,
  "PARTITION" NUMBER(10,0) NOT NULL,
  "APPLIED_OFFSET" NUMBER(19,0) NOT NULL,
  "COMMIT_ID" VARCHAR(36) NOT NULL,
  PRIMARY KEY ("PIPELINE", "TOPIC", "PARTITION")
);
