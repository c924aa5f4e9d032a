package dev.streambed.jobs.kafka.startup;

import dev.streambed.jobs.kafka.OutputLimits;
import java.util.List;
import org.apache.flink.annotation.Internal;

/**
 * The topics of a job, as its start-up checks found them.
 *
 * @param sources those that it reads at first
 * @param limits of those that it writes
 */
@Internal
public record CheckedTopics(List<String> sources, OutputLimits limits) {}
