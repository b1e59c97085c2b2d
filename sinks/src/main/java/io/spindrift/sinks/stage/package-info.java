/** Rows become compressed CSV files in the internal stage, ready for one commit. */
@NullMarked
package io.spindrift.sinks.stage;

import org.jspecify.annotations.NullMarked;
