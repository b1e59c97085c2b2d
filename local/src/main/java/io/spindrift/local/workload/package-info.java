@NullMarked
package io.spindrift.local.workload;

import org.jspecify.annotations.NullMarked;
