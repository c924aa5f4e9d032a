package dev.streambed.embedder.calibration;

/**
 * Everything that the result of a calibration depends on, as far as is known.
 *
 * @param cores that the process may use
 * @param slots embedders that are busy at once
 * @param limitMillis the time that was measured
 */
record CalibrationKey(String modelDigest, String device, int cores, int slots, long limitMillis) {}
