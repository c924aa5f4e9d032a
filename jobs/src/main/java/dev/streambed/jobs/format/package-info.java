/** What the values of the topics look like: bytes to a text record, an embedding to bytes. */
@NullMarked
package dev.streambed.jobs.format;

import org.jspecify.annotations.NullMarked;
