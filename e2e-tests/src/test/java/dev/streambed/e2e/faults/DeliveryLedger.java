package dev.streambed.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.streambed.e2e.records.JobTopics;
import dev.streambed.e2e.records.OutputCheck;
import dev.streambed.e2e.records.TestTexts;
import dev.streambed.e2e.records.Topics;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.RecordMetadata;

/**
 * Sends {@link HarshRecords}, and follows each of them as a consumer that reads only committed
 * records; keeps no content.
 */
final class DeliveryLedger implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofMinutes(4);
  private static final Duration POLL = Duration.ofMillis(100);

  private final JobTopics topics;
  private final HarshRecords records;
  private final KafkaConsumer<byte[], byte[]> consumer;
  private final Map<SourcePosition, Integer> sent = new HashMap<>();
  private final Set<SourcePosition> delivered = new HashSet<>();
  private final List<SourcePosition> twice = new ArrayList<>();

  /** Neither delivered nor deleted. */
  private final Set<SourcePosition> waiting = new HashSet<>();

  DeliveryLedger(JobTopics topics) {
    this.topics = topics;
    this.records = new HarshRecords(topics.input());
    this.consumer = topics.committedOutput();
  }

  /** Sends so many more records. */
  void send(int count) throws Exception {
    int first = sent.size();
    List<RecordMetadata> places =
        Topics.send(
            topics.broker(),
            IntStream.range(first, first + count).mapToObj(records::record).toList());
    for (int i = 0; i < count; i++) {
      RecordMetadata place = places.get(i);
      var position = new SourcePosition(place.topic(), place.partition(), place.offset());
      assertThat(sent.put(position, first + i)).as("record before at %s", position).isNull();
      waiting.add(position);
    }
  }

  int sent() {
    return sent.size();
  }

  /** Reads the records that were delivered since the last call. */
  int delivered() {
    consumer.poll(POLL).forEach(this::enter);
    return delivered.size();
  }

  /** The number of records that the job still has to read or deliver. */
  int waiting() {
    delivered();
    return waiting.size();
  }

  /** Takes note that the records of a partition before an offset were deleted. */
  void forget(int partition, long beforeOffset) {
    waiting.removeIf(
        position -> position.partition() == partition && position.offset() < beforeOffset);
  }

  /** Waits until more is delivered than now. */
  void awaitMore() {
    int before = delivered();
    await("a record after %d".formatted(before))
        .atMost(LIMIT)
        .pollInterval(POLL)
        .until(() -> delivered() > before);
  }

  /** Checks that each record that was sent was delivered, once, or reported as lost. */
  void check(Set<SourcePosition> reported) {
    int before;
    do {
      before = delivered.size();
    } while (delivered() > before);
    Set<SourcePosition> lost = new HashSet<>(sent.keySet());
    lost.removeAll(delivered);
    lost.removeAll(reported);
    Set<SourcePosition> unfounded = new HashSet<>(reported);
    unfounded.removeIf(position -> sent.containsKey(position) && !delivered.contains(position));
    assertThat(lost).as("neither delivered nor reported as lost").isEmpty();
    assertThat(unfounded).as("reported as lost, but delivered or never sent").isEmpty();
    assertThat(twice).as("delivered twice").isEmpty();
  }

  private void enter(ConsumerRecord<byte[], byte[]> record) {
    SourcePosition position;
    String outcome;
    if (record.topic().equals(topics.deadLetters())) {
      DeadLetter letter = DeadLetterCodec.decodeJson(record.value());
      position = letter.record().position();
      outcome = letter.reason();
    } else {
      position = EmbeddingRecordCodec.decodeJson(record.value()).provenance().source();
      outcome = HarshRecords.EMBEDDED;
    }
    Integer number = sent.get(position);
    if (number == null) {
      throw new AssertionError("No record was sent to " + position + ", but one was delivered.");
    }
    assertThat(outcome)
        .as("what became of record %d", number)
        .isEqualTo(HarshRecords.outcome(number));
    if (record.headers().lastHeader(TestTexts.NUMBER) != null) { // a dead letter may have no room
      assertThat(OutputCheck.number(record))
          .as("number of the record at %s", position)
          .isEqualTo(number);
    }
    if (!delivered.add(position)) {
      twice.add(position);
    }
    waiting.remove(position);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
