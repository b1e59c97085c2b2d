/** The Debezium connector at Kafka Connect, and what it leaves in the source. */
@NullMarked
package io.spindrift.cli.connector;

import org.jspecify.annotations.NullMarked;
