@NullMarked
package io.spindrift.jobs.ingest;

import org.jspecify.annotations.NullMarked;
