@NullMarked
package io.spindrift.jobs.route;

import org.jspecify.annotations.NullMarked;
