package dev.streambed.embedder.calibration;

import dev.streambed.embedder.batch.BatchPolicy;
import dev.streambed.embedder.batch.MicroBatcher;
import org.apiguardian.api.API;

/**
 * The settings that are tuned to a machine.
 *
 * @param maxTokens as {@link BatchPolicy#maxTokens}
 * @param workers of a {@link MicroBatcher}
 */
@API(status = API.Status.INTERNAL)
public record BatchTuning(int maxTokens, int workers) {}
