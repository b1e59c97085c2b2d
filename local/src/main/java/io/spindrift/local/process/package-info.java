@NullMarked
package io.spindrift.local.process;

import org.jspecify.annotations.NullMarked;
