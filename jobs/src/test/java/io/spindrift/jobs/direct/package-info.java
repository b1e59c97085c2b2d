@NullMarked
package io.spindrift.jobs.direct;

import org.jspecify.annotations.NullMarked;
