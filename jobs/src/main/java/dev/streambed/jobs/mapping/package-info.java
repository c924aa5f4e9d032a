/** From the bytes of a topic's records, whatever their shape, to texts. */
@NullMarked
package dev.streambed.jobs.mapping;

import org.jspecify.annotations.NullMarked;
