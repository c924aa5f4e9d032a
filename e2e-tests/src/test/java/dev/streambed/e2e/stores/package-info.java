/** Stores that take embeddings as they are, and what their searches find. */
@NullMarked
package dev.streambed.e2e.stores;

import org.jspecify.annotations.NullMarked;
