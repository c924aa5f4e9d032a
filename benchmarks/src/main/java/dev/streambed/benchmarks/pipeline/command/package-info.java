/** The command {@code streambed benchmark pipeline}. */
@NullMarked
package dev.streambed.benchmarks.pipeline.command;

import org.jspecify.annotations.NullMarked;
