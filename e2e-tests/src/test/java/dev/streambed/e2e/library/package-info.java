/** Tests of what a user of the library relies on. */
@NullMarked
package dev.streambed.e2e.library;

import org.jspecify.annotations.NullMarked;
