/** Changes of one key in their true order, each once. */
@NullMarked
package io.spindrift.jobs.order;

import org.jspecify.annotations.NullMarked;
