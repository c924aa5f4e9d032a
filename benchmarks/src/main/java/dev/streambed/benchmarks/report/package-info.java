/** Measurements, and the files that publish them. */
@NullMarked
package dev.streambed.benchmarks.report;

import org.jspecify.annotations.NullMarked;
