/** Whether what stands before and behind a pipeline can keep the guarantee: facts are read first, rules look at the facts alone. */
@NullMarked
package io.spindrift.cli.check;

import org.jspecify.annotations.NullMarked;
