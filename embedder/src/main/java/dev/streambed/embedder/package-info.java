/** Text to vector. */
@NullMarked
package dev.streambed.embedder;

import org.jspecify.annotations.NullMarked;
