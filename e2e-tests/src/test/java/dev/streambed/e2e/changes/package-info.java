/** Jobs that look for changes of documents. */
@NullMarked
package dev.streambed.e2e.changes;

import org.jspecify.annotations.NullMarked;
