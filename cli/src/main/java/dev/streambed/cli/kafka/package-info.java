/** How commands reach Kafka. */
@NullMarked
package dev.streambed.cli.kafka;

import org.jspecify.annotations.NullMarked;
