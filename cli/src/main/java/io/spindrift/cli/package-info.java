/** The commands behind bin/spindrift. */
@NullMarked
package io.spindrift.cli;

import org.jspecify.annotations.NullMarked;
