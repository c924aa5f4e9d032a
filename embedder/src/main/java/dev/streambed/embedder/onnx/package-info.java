/**
 * Texts to unit vectors with a tokeniser and ONNX Runtime: the production {@link
 * dev.streambed.embedder.TextEmbedder}.
 */
@NullMarked
package dev.streambed.embedder.onnx;

import org.jspecify.annotations.NullMarked;
