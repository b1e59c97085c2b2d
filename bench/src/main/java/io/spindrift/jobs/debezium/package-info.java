/** Reaches into the decoder's package for a benchmark. */
@NullMarked
package io.spindrift.jobs.debezium;

import org.jspecify.annotations.NullMarked;
