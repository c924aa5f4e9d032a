/** What travels on Kafka: records and their bytes. */
@NullMarked
package dev.streambed.schemas;

import org.jspecify.annotations.NullMarked;
