/** What the job shows of itself: every metric's name, once. */
@NullMarked
package io.spindrift.sinks.metrics;

import org.jspecify.annotations.NullMarked;
