/** The Flink job, from Kafka to the sink. */
@NullMarked
package io.spindrift.jobs;

import org.jspecify.annotations.NullMarked;
