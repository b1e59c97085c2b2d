@NullMarked
package io.spindrift.bench;

import org.jspecify.annotations.NullMarked;
