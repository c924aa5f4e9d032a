/** Flink SQL as a user has it: the command, and tables with other people's formats. */
@NullMarked
package dev.streambed.e2e.sql;

import org.jspecify.annotations.NullMarked;
