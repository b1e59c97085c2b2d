@NullMarked
package io.spindrift.local;

import org.jspecify.annotations.NullMarked;
