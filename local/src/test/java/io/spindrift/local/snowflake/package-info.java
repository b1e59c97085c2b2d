@NullMarked
package io.spindrift.local.snowflake;

import org.jspecify.annotations.NullMarked;
