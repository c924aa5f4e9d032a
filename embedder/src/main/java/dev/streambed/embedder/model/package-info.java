/** The model directory: its files, and the description that they must agree with. */
@NullMarked
package dev.streambed.embedder.model;

import org.jspecify.annotations.NullMarked;
