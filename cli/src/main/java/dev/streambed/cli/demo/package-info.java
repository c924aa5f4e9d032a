/** The command {@code demo}. */
@NullMarked
package dev.streambed.cli.demo;

import org.jspecify.annotations.NullMarked;
