/**
 * Embeddings over HTTP. {@link dev.streambed.server.EmbeddingServer} owns all; a request goes
 * through {@code RequestHandler}, {@code BodyReader} and {@code EmbedCall} to the micro-batcher,
 * and no thread waits for it there. How a request and its answer are written, is in {@link
 * dev.streambed.server.dialect}.
 */
@NullMarked
package dev.streambed.server;

import org.jspecify.annotations.NullMarked;
