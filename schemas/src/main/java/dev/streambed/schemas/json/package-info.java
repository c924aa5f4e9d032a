/**
 * The records of {@link dev.streambed.schemas} as JSON, and texts as plain text: one codec each,
 * over bytes. Their JSON Schemas lie beside that package's classes in the jar.
 */
@NullMarked
package dev.streambed.schemas.json;

import org.jspecify.annotations.NullMarked;
