@NullMarked
package io.spindrift.local.postgres;

import org.jspecify.annotations.NullMarked;
