@NullMarked
package io.spindrift.jobs;

import org.jspecify.annotations.NullMarked;
