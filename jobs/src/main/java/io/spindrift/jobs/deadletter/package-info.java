/** Records that could not become changes, whole, with their reason. */
@NullMarked
package io.spindrift.jobs.deadletter;

import org.jspecify.annotations.NullMarked;
