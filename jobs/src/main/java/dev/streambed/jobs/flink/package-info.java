/** The job's settings of Flink itself, and Flink's options that it refuses. */
@NullMarked
package dev.streambed.jobs.flink;

import org.jspecify.annotations.NullMarked;
