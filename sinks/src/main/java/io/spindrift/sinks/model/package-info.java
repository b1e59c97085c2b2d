@NullMarked
package io.spindrift.sinks.model;

import org.jspecify.annotations.NullMarked;
