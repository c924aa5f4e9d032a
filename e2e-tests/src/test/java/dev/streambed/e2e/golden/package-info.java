/** Bytes and savepoints of released versions. */
@NullMarked
package dev.streambed.e2e.golden;

import org.jspecify.annotations.NullMarked;
