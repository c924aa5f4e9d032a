/** Clusters, jobs and faulty surroundings for the tests of the other packages. */
@NullMarked
package dev.streambed.e2e.harness;

import org.jspecify.annotations.NullMarked;
