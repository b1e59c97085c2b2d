/** pipeline.yaml: the options, their validation, the validated record. */
@NullMarked
package io.spindrift.jobs.config;

import org.jspecify.annotations.NullMarked;
