/**
 * Makes a model directory of a nomic-embed-text-v2-moe checkpoint, and accepts it only if it agrees
 * with the reference.
 */
@NullMarked
package dev.streambed.importer.nomic;

import org.jspecify.annotations.NullMarked;
