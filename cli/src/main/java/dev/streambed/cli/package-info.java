/** The streambed command. */
@NullMarked
package dev.streambed.cli;

import org.jspecify.annotations.NullMarked;
