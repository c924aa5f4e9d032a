/** The command {@code inspect}. */
@NullMarked
package dev.streambed.cli.inspect;

import org.jspecify.annotations.NullMarked;
