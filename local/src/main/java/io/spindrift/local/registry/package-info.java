@NullMarked
package io.spindrift.local.registry;

import org.jspecify.annotations.NullMarked;
