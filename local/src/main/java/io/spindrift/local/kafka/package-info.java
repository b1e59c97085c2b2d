@NullMarked
package io.spindrift.local.kafka;

import org.jspecify.annotations.NullMarked;
