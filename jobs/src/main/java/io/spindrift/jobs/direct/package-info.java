/** PostgreSQL itself in, without Kafka: Flink CDC's snapshot and stream, read again exactly after any crash. */
@NullMarked
package io.spindrift.jobs.direct;

import org.jspecify.annotations.NullMarked;
