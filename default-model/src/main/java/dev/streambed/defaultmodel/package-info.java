/** A model for programs that name none. */
@NullMarked
package dev.streambed.defaultmodel;

import org.jspecify.annotations.NullMarked;
