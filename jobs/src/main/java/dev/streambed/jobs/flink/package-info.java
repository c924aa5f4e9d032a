/** What a job asks of Flink itself, and what it refuses of Flink's options. */
@NullMarked
package dev.streambed.jobs.flink;

import org.jspecify.annotations.NullMarked;
