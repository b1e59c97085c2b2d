/** Tests of what stands around the job on a cluster: manifests, the image, its logging. */
@NullMarked
package io.spindrift.k8s;

import org.jspecify.annotations.NullMarked;
