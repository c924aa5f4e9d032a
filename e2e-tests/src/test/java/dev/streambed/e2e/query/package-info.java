/** Topics of embeddings, read and searched. */
@NullMarked
package dev.streambed.e2e.query;

import org.jspecify.annotations.NullMarked;
