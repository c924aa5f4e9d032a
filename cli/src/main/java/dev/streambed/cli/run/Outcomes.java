package dev.streambed.cli.run;

import dev.streambed.jobs.EmbedTopicJob.Outputs;
import dev.streambed.jobs.InputRecord;
import dev.streambed.jobs.kafka.OutputRecord;
import dev.streambed.schemas.DeadLetter;
import dev.streambed.schemas.SourcePosition;
import dev.streambed.schemas.SourceRecord;
import dev.streambed.schemas.json.DeadLetterCodec;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;

/**
 * Collects the outputs of the steps of a job in this process. The task threads of the job add to
 * it; another thread reads when the job has ended.
 */
final class Outcomes implements AutoCloseable {
  /** Flink copies the functions of a job, so these find their outcomes by an id. */
  private static final Map<String, Outcomes> OPEN = new ConcurrentHashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final Queue<InputRecord> decoded = new ConcurrentLinkedQueue<>();
  private final Queue<OutputRecord> embeddings = new ConcurrentLinkedQueue<>();
  private final Queue<OutputRecord> deadLetters = new ConcurrentLinkedQueue<>();

  Outcomes() {
    OPEN.put(id, this);
  }

  /** Adds to the job that its outputs come here. */
  void collect(Outputs outputs) {
    keep(id, outputs.decoded(), (outcomes, record) -> outcomes.decoded.add(record));
    keep(id, outputs.embeddings(), (outcomes, record) -> outcomes.embeddings.add(record));
    keep(id, outputs.deadLetters(), (outcomes, record) -> outcomes.deadLetters.add(record));
  }

  private interface Keeper<T> extends Serializable {
    void keep(Outcomes outcomes, T record);
  }

  private static <T> void keep(String id, DataStream<T> records, Keeper<T> keeper) {
    records
        .map(
            record -> {
              keeper.keep(Objects.requireNonNull(OPEN.get(id)), record);
              return record;
            },
            records.getType())
        .sinkTo(new DiscardingSink<>());
  }

  /** The outcome of each of the records that went in. */
  List<Outcome> of(List<SourceRecord> records) {
    Map<SourcePosition, InputRecord> inputs = new HashMap<>();
    decoded.forEach(record -> inputs.put(record.source().position(), record));
    Map<SourcePosition, List<OutputRecord>> written = new HashMap<>();
    for (OutputRecord record : embeddings) {
      if (record.source() != null) {
        written.computeIfAbsent(record.source(), unused -> new ArrayList<>()).add(record);
      }
    }
    Map<SourcePosition, DeadLetter> letters = new HashMap<>();
    for (OutputRecord record : deadLetters) {
      DeadLetter letter = DeadLetterCodec.decodeJson(Objects.requireNonNull(record.value()));
      letters.put(letter.record().position(), letter);
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (SourceRecord record : records) {
      SourcePosition position = record.position();
      outcomes.add(
          new Outcome(
              record,
              inputs.get(position),
              written.getOrDefault(position, List.of()),
              letters.get(position)));
    }
    return outcomes;
  }

  @Override
  public void close() {
    OPEN.remove(id);
  }
}
