/**
 * The records that the tests send, and the checks of what must have become of them: each once, in
 * order per key, and no text in a log.
 */
@NullMarked
package dev.streambed.e2e.records;

import org.jspecify.annotations.NullMarked;
