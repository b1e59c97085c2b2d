@NullMarked
package io.spindrift.jobs.debezium;

import org.jspecify.annotations.NullMarked;
