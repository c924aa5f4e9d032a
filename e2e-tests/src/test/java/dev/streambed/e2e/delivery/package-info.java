/** Every record comes out, exactly once. */
@NullMarked
package dev.streambed.e2e.delivery;

import org.jspecify.annotations.NullMarked;
