/**
 * Reproducible measurements, run by {@code ./streambed benchmark}: never by the tests, whose
 * machines are noisy.
 */
@NullMarked
package dev.streambed.benchmarks;

import org.jspecify.annotations.NullMarked;
