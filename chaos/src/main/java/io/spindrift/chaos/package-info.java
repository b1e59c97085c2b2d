/** Faults drawn from a seed, on real components, and what must hold after them. */
@NullMarked
package io.spindrift.chaos;

import org.jspecify.annotations.NullMarked;
