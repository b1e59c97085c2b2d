/** Which warehouse table a source table goes to. */
@NullMarked
package io.spindrift.jobs.route;

import org.jspecify.annotations.NullMarked;
