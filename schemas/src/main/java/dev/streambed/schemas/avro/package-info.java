/** Embeddings in Avro's single-object encoding, without a schema registry. */
@NullMarked
package dev.streambed.schemas.avro;

import org.jspecify.annotations.NullMarked;
