/** A Flink cluster in this process, its progress and its checkpoints. */
@NullMarked
package dev.streambed.cli.local;

import org.jspecify.annotations.NullMarked;
