package dev.streambed.server.page;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.streambed.query.CommittedRecords;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** Keeps the newest dead letters of a topic. Confined to its follower's thread. */
final class FollowedDeadLetters implements FollowedTopic {
  private final CommittedRecords reader;
  private final Newest newest;
  private final PageStatistics statistics;

  /** The newest dead letters, without their records. Thread-safe. */
  static final class Newest {
    private static final int MOST = 100;

    @GuardedBy("this")
    private final Deque<DeadLetter> letters = new ArrayDeque<>();

    @GuardedBy("this")
    private boolean changed;

    synchronized void add(DeadLetter letter) {
      letters.addLast(
          letter
              .without(DeadLetter.Part.VALUE)
              .without(DeadLetter.Part.HEADERS)
              .without(DeadLetter.Part.KEY));
      if (letters.size() > MOST) {
        letters.removeFirst();
      }
      changed = true;
    }

    synchronized void clear() {
      changed |= !letters.isEmpty();
      letters.clear();
    }

    /** Whether it changed since the last call. */
    synchronized boolean takeChanged() {
      boolean was = changed;
      changed = false;
      return was;
    }

    /** The newest first. */
    synchronized List<DeadLetter> all() {
      List<DeadLetter> all = new ArrayList<>(letters);
      Collections.reverse(all);
      return all;
    }
  }

  FollowedDeadLetters(
      Map<String, String> kafka, String topic, Newest newest, PageStatistics statistics) {
    this.reader = new CommittedRecords(kafka, List.of(topic));
    this.newest = newest;
    this.statistics = statistics;
    newest.clear();
  }

  @Override
  public void poll(Duration limit) {
    reader.poll(limit, this::receive);
  }

  private void receive(ConsumerRecord<byte[], byte[]> record) {
    if (record.value() == null) {
      return;
    }
    statistics.deadLetter();
    try {
      newest.add(DeadLetterCodec.decodeJson(record.value()));
    } catch (MalformedRecordException | IllegalArgumentException e) {
      statistics.problem(); // no dead letter of ours
    }
  }

  @Override
  public long remaining() {
    return reader.remaining();
  }

  @Override
  public long lag() {
    return 0; // nobody asks
  }

  @Override
  public void follows() {
    // no matter
  }

  @Override
  public void close() {
    reader.close();
  }
}
