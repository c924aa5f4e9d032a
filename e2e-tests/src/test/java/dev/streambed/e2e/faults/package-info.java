/** Delivery while processes die, freeze, or lose each other. */
@NullMarked
package dev.streambed.e2e.faults;

import org.jspecify.annotations.NullMarked;
