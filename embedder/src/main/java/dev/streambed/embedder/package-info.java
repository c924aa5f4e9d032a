/**
 * Text to vector, in plain Java: no Flink, no Kafka.
 *
 * <pre>
 *   submit(text) -> queue -> [ worker: window -> tokenise -> sort -> cut ] -> batches -> [ worker: infer -> truncate -> normalise ] -> future
 *                   bounded    TextTokenizer          BatchCutter                          OnnxSession
 *                   '------------------------------ MicroBatcher ---------------------------------------------------------'
 * </pre>
 *
 * Start reading at {@link dev.streambed.embedder.MicroBatcher}, then {@link
 * dev.streambed.embedder.OnnxTextEmbedder}.
 */
@NullMarked
package dev.streambed.embedder;

import org.jspecify.annotations.NullMarked;
