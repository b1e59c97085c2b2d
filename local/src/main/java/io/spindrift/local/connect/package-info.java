@NullMarked
package io.spindrift.local.connect;

import org.jspecify.annotations.NullMarked;
