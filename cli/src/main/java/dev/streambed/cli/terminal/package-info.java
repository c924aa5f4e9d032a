/** The commands' use of the terminal. */
@NullMarked
package dev.streambed.cli.terminal;

import org.jspecify.annotations.NullMarked;
