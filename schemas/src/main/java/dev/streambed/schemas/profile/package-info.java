/**
 * The form of embeddings for a store: keys and values, one class each. Their JSON Schemas lie
 * beside these classes in the jar (docs/output.md).
 */
@NullMarked
package dev.streambed.schemas.profile;

import org.jspecify.annotations.NullMarked;
