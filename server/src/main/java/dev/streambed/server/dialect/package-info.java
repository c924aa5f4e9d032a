/** How requests for embeddings, their answers and errors are written. */
@NullMarked
package dev.streambed.server.dialect;

import org.jspecify.annotations.NullMarked;
