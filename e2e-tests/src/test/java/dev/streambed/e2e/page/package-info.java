/** The page that shows a topic of embeddings, in a real browser. */
@NullMarked
package dev.streambed.e2e.page;

import org.jspecify.annotations.NullMarked;
