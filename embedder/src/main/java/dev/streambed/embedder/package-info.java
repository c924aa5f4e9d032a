/**
 * Text to vector, in plain Java: no Flink, no Kafka.
 *
 * <pre>{@code
 * submit(text) -> queue -> [ worker: tokenise ] -> pool -> [ worker: choose a batch -> infer -> truncate -> normalise ] -> future
 *                 bounded    TextTokenizer         TextPool                          OnnxSession
 *                 '---------------------------- MicroBatcher --------------------------------------------------------'
 * }</pre>
 *
 * <p>Start reading at {@link dev.streambed.embedder.batch.MicroBatcher}, then {@link
 * dev.streambed.embedder.onnx.OnnxTextEmbedder}.
 */
@NullMarked
package dev.streambed.embedder;

import org.jspecify.annotations.NullMarked;
