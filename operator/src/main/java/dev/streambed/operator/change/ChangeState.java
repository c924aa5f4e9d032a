package dev.streambed.operator.change;

import static java.util.Objects.requireNonNull;

import dev.streambed.operator.change.KeyedEmbedding.Chunking;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.flink.api.common.state.KeyedStateStore;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.StateTtlConfig;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.base.array.BytePrimitiveArraySerializer;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.VoidNamespace;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.jspecify.annotations.Nullable;

/**
 * The keyed state of a {@link ChangeOperator}: what was last written of each document, and, in
 * checkpoints, its records in flight. Confined to the task thread.
 *
 * @param <T> type of the records
 */
final class ChangeState<T> {
  /** Names in checkpoints. */
  private static final String WRITTEN = "last-written";

  private static final String IN_FLIGHT = "in-flight";
  private static final String CHUNKS = "written-chunks";

  private final KeyedStateBackend<String> backend;
  private final ValueState<LastWritten> written;
  private final ListState<StreamElement> inFlight;
  private final @Nullable ValueState<byte[]> chunks;

  /** Keys that have records in flight in the backend: those of the last checkpoint. */
  private Set<String> keysInFlight;

  /**
   * The state of a task.
   *
   * @param ttl how long a document is remembered after its last record; null for ever
   * @param chunking null if texts are not split; then chunks are of a former job that did
   */
  ChangeState(
      KeyedStateStore store,
      KeyedStateBackend<String> backend,
      TypeSerializer<T> records,
      @Nullable Duration ttl,
      @Nullable Chunking chunking) {
    var ofWritten = new ValueStateDescriptor<>(WRITTEN, new LastWrittenSerializer());
    if (ttl != null) {
      ofWritten.enableTimeToLive(
          StateTtlConfig.newBuilder(ttl)
              .setUpdateType(StateTtlConfig.UpdateType.OnReadAndWrite)
              .build());
    }
    this.chunks =
        chunking == null && !hasChunks(backend)
            ? null
            : store.getState(
                new ValueStateDescriptor<>(
                    CHUNKS, BytePrimitiveArraySerializer.INSTANCE)); // WrittenChunks
    this.backend = backend;
    this.written = store.getState(ofWritten);
    this.inFlight =
        store.getListState(
            new ListStateDescriptor<>(IN_FLIGHT, new StreamElementSerializer<>(records)));
    try (Stream<String> keys = backend.getKeys(IN_FLIGHT, VoidNamespace.INSTANCE)) {
      this.keysInFlight = new HashSet<>(keys.toList());
    }
  }

  private static boolean hasChunks(KeyedStateBackend<String> backend) {
    try (Stream<String> keys = backend.getKeys(CHUNKS, VoidNamespace.INSTANCE)) {
      return keys.findAny().isPresent();
    }
  }

  /** The document as it was last written; null if nothing is known. */
  @Nullable LastWritten written(String key) throws Exception {
    backend.setCurrentKey(key);
    return written.value();
  }

  void write(String key, LastWritten document) throws Exception {
    backend.setCurrentKey(key);
    written.update(document);
  }

  void forget(String key) throws Exception {
    backend.setCurrentKey(key);
    written.clear();
  }

  /** The chunks that a document may have in the topic; none if none were ever split. */
  WrittenChunks chunks(String key) throws Exception {
    if (chunks == null) {
      return WrittenChunks.NONE;
    }
    backend.setCurrentKey(key);
    byte[] state = chunks.value();
    return state == null ? WrittenChunks.NONE : WrittenChunks.of(state);
  }

  /** Remembers the chunks of a document; there are some only where texts are split. */
  void write(String key, WrittenChunks document) throws Exception {
    ValueState<byte[]> state = requireNonNull(chunks, "Texts are not split.");
    backend.setCurrentKey(key);
    if (document.count() == 0) {
      state.clear();
    } else {
      state.update(document.toBytes());
    }
  }

  /** Keys of which something is known, each once; of their chunks only if nothing else is kept. */
  Stream<String> keys(ChangeOptions options) {
    return options.isOff()
        ? backend.getKeys(CHUNKS, VoidNamespace.INSTANCE)
        : backend.getKeys(WRITTEN, VoidNamespace.INSTANCE);
  }

  /** Keys of the records that were in flight in the checkpoint that was restored. */
  List<String> keysInFlight() {
    return List.copyOf(keysInFlight);
  }

  /** The records of a key that were in flight in that checkpoint, in their order. */
  List<StreamRecord<T>> inFlight(String key) throws Exception {
    backend.setCurrentKey(key);
    List<StreamRecord<T>> records = new ArrayList<>();
    for (StreamElement element : inFlight.get()) {
      records.add(element.asRecord());
    }
    return records;
  }

  /** Puts the records in flight into the state that a checkpoint is about to take. */
  void keepInFlight(Map<String, List<StreamElement>> byKey) throws Exception {
    for (String key : keysInFlight) {
      if (!byKey.containsKey(key)) {
        backend.setCurrentKey(key);
        inFlight.clear();
      }
    }
    for (Map.Entry<String, List<StreamElement>> entry : byKey.entrySet()) {
      backend.setCurrentKey(entry.getKey());
      inFlight.update(entry.getValue());
    }
    keysInFlight = Set.copyOf(byKey.keySet());
  }
}
