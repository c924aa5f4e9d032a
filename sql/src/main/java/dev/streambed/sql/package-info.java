/**
 * Embeddings in Flink SQL: the model provider {@code streambed} for {@code CREATE MODEL} and {@code
 * ML_PREDICT}. {@link dev.streambed.sql.StreambedModelProviderFactory} is where Flink enters.
 */
@NullMarked
package dev.streambed.sql;

import org.jspecify.annotations.NullMarked;
