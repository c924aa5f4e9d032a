package dev.streambed.embedder.calibration;

import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;

/**
 * The settings that are tuned to a machine.
 *
 * @param maxTokens as {@link BatchPolicy#maxTokens}
 * @param workers of a {@link MicroBatcher}
 */
public record BatchTuning(int maxTokens, int workers) {}
