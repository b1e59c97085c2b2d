/** The only place that speaks SQL: sessions, statements, the ledger. */
@NullMarked
package io.spindrift.sinks.warehouse;

import org.jspecify.annotations.NullMarked;
