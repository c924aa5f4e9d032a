/**
 * Measures on this machine which batch size and how many workers are fastest, and keeps what it
 * found.
 */
@NullMarked
package dev.streambed.embedder.calibration;

import org.jspecify.annotations.NullMarked;
