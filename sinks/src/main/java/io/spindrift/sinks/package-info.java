/** Changes into Snowflake, exactly once: the Sink V2 that ties writer, aggregator and committer together. */
@NullMarked
package io.spindrift.sinks;

import org.jspecify.annotations.NullMarked;
