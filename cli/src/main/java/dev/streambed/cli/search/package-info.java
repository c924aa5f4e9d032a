/** {@code streambed search}: exact search over a topic of embeddings, or a file of them. */
@NullMarked
package dev.streambed.cli.search;

import org.jspecify.annotations.NullMarked;
