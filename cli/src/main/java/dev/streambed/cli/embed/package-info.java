/** The command {@code embed}. */
@NullMarked
package dev.streambed.cli.embed;

import org.jspecify.annotations.NullMarked;
