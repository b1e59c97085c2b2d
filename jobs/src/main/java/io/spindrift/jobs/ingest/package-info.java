/** Kafka records in, with event time from the source's commits. */
@NullMarked
package io.spindrift.jobs.ingest;

import org.jspecify.annotations.NullMarked;
