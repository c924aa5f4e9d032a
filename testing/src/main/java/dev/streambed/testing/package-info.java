/** For the tests of programs that use Streambed. */
@NullMarked
package dev.streambed.testing;

import org.jspecify.annotations.NullMarked;
