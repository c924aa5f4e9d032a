/** The documents that a topic has before a job looks for changes, as its state is to know them. */
@NullMarked
package dev.streambed.operator.change.written;

import org.jspecify.annotations.NullMarked;
