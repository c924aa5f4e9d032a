/** The formats of the topics: bytes to a text record, an embedding to bytes. */
@NullMarked
package dev.streambed.jobs.format;

import org.jspecify.annotations.NullMarked;
