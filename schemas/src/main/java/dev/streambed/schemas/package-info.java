/**
 * The three records that travel on Kafka, each with a JSON codec over bytes and a published JSON
 * Schema; embeddings have an Avro form, too (see {@code *.schema.json} and {@code *.avsc} beside
 * these classes in the jar).
 *
 * <ul>
 *   <li>{@link dev.streambed.schemas.TextRecord} comes in, as JSON or as plain text.
 *   <li>{@link dev.streambed.schemas.EmbeddingRecord} goes out, as JSON or as Avro.
 *   <li>{@link dev.streambed.schemas.DeadLetter} goes out instead when a record cannot be embedded.
 * </ul>
 *
 * <p>Encoding is deterministic: the same record gives the same bytes. Decoding is strict: it
 * refuses anything that it does not fully understand, with a {@link
 * dev.streambed.schemas.MalformedRecordException}. Why: {@code docs/decisions/0020} and {@code
 * 0054}.
 */
@NullMarked
package dev.streambed.schemas;

import org.jspecify.annotations.NullMarked;
