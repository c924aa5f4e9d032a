/** Flink's SQL client, with a gateway and a cluster, in a JVM of its own. */
@NullMarked
package dev.streambed.sql.shell;

import org.jspecify.annotations.NullMarked;
