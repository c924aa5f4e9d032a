/** {@code streambed sql}: Flink's SQL client with everything ready. */
@NullMarked
package dev.streambed.cli.sql;

import org.jspecify.annotations.NullMarked;
