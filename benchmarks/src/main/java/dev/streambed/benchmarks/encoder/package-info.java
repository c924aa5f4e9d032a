/** Measures the encoder against peers: {@code ./streambed benchmark encoder}. */
@NullMarked
package dev.streambed.benchmarks.encoder;

import org.jspecify.annotations.NullMarked;
