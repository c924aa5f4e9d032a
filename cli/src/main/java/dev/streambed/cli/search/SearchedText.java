package dev.streambed.cli.search;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that a search may find.
 *
 * @param key of Kafka, so that no two have one text; null if it has none
 * @param label the key for people; null if it has none
 * @param place where it is, for people
 * @param text null if the record does not have it
 * @param topic null in a file
 * @param offset in the partition; in a file the number of the line, from 1
 */
record SearchedText(
    @Nullable String key,
    @Nullable String label,
    String place,
    @Nullable String text,
    @Nullable String topic,
    int partition,
    long offset,
    Map<String, ? extends @Nullable Object> metadata) {}
