/** Model directories for the commands: the default model, and the command {@code import}. */
@NullMarked
package dev.streambed.cli.model;

import org.jspecify.annotations.NullMarked;
