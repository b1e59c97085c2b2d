/** One committable a checkpoint, one Snowflake transaction a committable. */
@NullMarked
package io.spindrift.sinks.commit;

import org.jspecify.annotations.NullMarked;
