/** Flink's own options, as a pipeline file may have them. */
@NullMarked
package dev.streambed.jobs.options.flink;

import org.jspecify.annotations.NullMarked;
