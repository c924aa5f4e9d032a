/** The command {@code run}. */
@NullMarked
package dev.streambed.cli.run;

import org.jspecify.annotations.NullMarked;
