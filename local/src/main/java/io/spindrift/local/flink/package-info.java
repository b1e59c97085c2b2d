@NullMarked
package io.spindrift.local.flink;

import org.jspecify.annotations.NullMarked;
