/** EmbedTopicJob and its options. */
@NullMarked
package dev.streambed.jobs;

import org.jspecify.annotations.NullMarked;
