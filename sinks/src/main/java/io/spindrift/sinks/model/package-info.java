/** What travels from the decoder to the warehouse: changes, positions, table shapes and their binary forms. */
@NullMarked
package io.spindrift.sinks.model;

import org.jspecify.annotations.NullMarked;
