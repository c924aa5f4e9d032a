package dev.streambed.operator.change;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.embedder.Embedding;
import dev.streambed.operator.change.ChangeStateTest.Backend;
import dev.streambed.operator.change.Fingerprinter.Fingerprint;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.runtime.state.StateInitializationContext;
import org.apache.flink.runtime.state.storage.FileSystemCheckpointStorage;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.util.KeyedOneInputStreamOperatorTestHarness;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The cost of a key, as docs/decisions/0120 has it. With {@code -Dchanges.keys=200000} the heap is
 * worth reading, too.
 */
@SuppressWarnings("try") // the harness declares that close() throws Exception
class ChangeStateSizeTest {
  private static final int KEYS = Integer.getInteger("changes.keys", 5_000);
  private static final int DIMENSIONS = 768;

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "HEAP, SKIP, 50",
    "HEAP, METADATA_ONLY, 3200",
    "ROCKSDB, SKIP, 80",
    "ROCKSDB, METADATA_ONLY, 3500"
  })
  void isAsTheRecordSays(Backend backend, ChangeMode mode, int mostBytes) throws Exception {
    long before = heap();
    try (var harness = harness(backend, mode)) {
      for (int key = 0; key < KEYS; key++) {
        harness.processElement(String.format(Locale.ROOT, "key %012d", key), key);
      }
      long inHeap = (heap() - before) / KEYS;
      long inCheckpoint = harness.snapshot(1, 1).getStateSize() / KEYS;

      System.out.printf(
          "%s, %s: %d bytes per key in a checkpoint, about %d in the heap%n",
          backend, mode, inCheckpoint, inHeap);
      assertThat(inCheckpoint).isBetween(20L, (long) mostBytes);
    }
  }

  private KeyedOneInputStreamOperatorTestHarness<String, String, String> harness(
      Backend backend, ChangeMode mode) throws Exception {
    var harness =
        new KeyedOneInputStreamOperatorTestHarness<>(
            new Writer(mode == ChangeMode.SKIP ? 0 : DIMENSIONS), key -> key, Types.STRING);
    harness.setStateBackend(backend.backend());
    harness.setCheckpointStorage(new FileSystemCheckpointStorage(folder.toUri()));
    harness.open();
    return harness;
  }

  private static long heap() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** Writes a document for each key that comes. */
  private static final class Writer extends AbstractStreamOperator<String>
      implements OneInputStreamOperator<String, String> {
    private static final long serialVersionUID = 1L;

    private final int dimensions;
    private transient @Nullable ChangeState<String> state;

    Writer(int dimensions) {
      this.dimensions = dimensions;
    }

    @Override
    public void initializeState(StateInitializationContext context) {
      state =
          new ChangeState<>(
              context.getKeyedStateStore(),
              getKeyedStateBackend(),
              StringSerializer.INSTANCE,
              /* ttl= */ null,
              /* chunking= */ null);
    }

    @Override
    public void processElement(StreamRecord<String> record) throws Exception {
      Random random = new Random(record.getTimestamp()); // so that nothing can be compressed
      float[] vector = new float[dimensions];
      for (int i = 0; i < dimensions; i++) {
        vector[i] = random.nextFloat();
      }
      if (state != null) {
        state.write(
            record.getValue(),
            LastWritten.of(
                new Fingerprint(random.nextLong(), random.nextLong()),
                dimensions == 0 ? null : new Fingerprint(random.nextLong(), random.nextLong()),
                List.of(new Embedding(vector, 40, false))));
      }
    }
  }
}
