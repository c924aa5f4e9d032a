/**
 * Measures on this machine which batch size and how many workers are fastest, and keeps the result.
 */
@NullMarked
package dev.streambed.embedder.calibration;

import org.jspecify.annotations.NullMarked;
