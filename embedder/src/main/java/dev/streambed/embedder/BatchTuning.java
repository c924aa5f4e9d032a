package dev.streambed.embedder;

/**
 * What is tuned to a machine.
 *
 * @param maxTokens as {@link BatchPolicy#maxTokens}
 * @param workers of a {@link MicroBatcher}
 */
public record BatchTuning(int maxTokens, int workers) {}
