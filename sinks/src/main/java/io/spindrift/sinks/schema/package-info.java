/** Table shapes become DDL. */
@NullMarked
package io.spindrift.sinks.schema;

import org.jspecify.annotations.NullMarked;
