package dev.streambed.operator.change;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.jspecify.annotations.Nullable;

/**
 * The records in flight and the watermarks between them, in the order in which they came and will
 * leave. Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class InFlightQueue<T> {
  /** One of the two. */
  record Element<T>(@Nullable Waiting<T> record, @Nullable Watermark watermark) {}

  private final Deque<Element<T>> elements = new ArrayDeque<>();
  private final Map<String, Waiting<T>> lastOfKeys = new HashMap<>();
  private int records;

  void add(Waiting<T> record) {
    elements.add(new Element<>(record, null));
    lastOfKeys.put(record.key(), record);
    records++;
  }

  /** Adds a watermark; of two without a record between them, the later one says it all. */
  void add(Watermark watermark) {
    Element<T> last = elements.peekLast();
    if (last != null && last.watermark() != null) {
      elements.removeLast();
    }
    elements.add(new Element<>(null, watermark));
  }

  @Nullable Element<T> first() {
    return elements.peekFirst();
  }

  void removeFirst() {
    Waiting<T> record = elements.removeFirst().record();
    if (record != null) {
      records--;
      lastOfKeys.remove(record.key(), record);
      record.leave();
    }
  }

  /** The record of a key that came last; null if none is in flight. */
  @Nullable Waiting<T> lastOf(String key) {
    return lastOfKeys.get(key);
  }

  int records() {
    return records;
  }

  boolean isEmpty() {
    return elements.isEmpty();
  }

  /** The records of each key, in their order. */
  Map<String, List<StreamElement>> byKey() {
    Map<String, List<StreamElement>> byKey = new LinkedHashMap<>();
    for (Element<T> element : elements) {
      Waiting<T> record = element.record();
      if (record != null) {
        byKey.computeIfAbsent(record.key(), key -> new ArrayList<>()).add(record.record());
      }
    }
    return byKey;
  }
}
