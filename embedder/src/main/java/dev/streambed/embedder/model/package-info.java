/** The model directory: its files, its description, and what they must agree on. */
@NullMarked
package dev.streambed.embedder.model;

import org.jspecify.annotations.NullMarked;
