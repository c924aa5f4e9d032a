package dev.streambed.jobs;

import static dev.streambed.jobs.Samples.source;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.schemas.SourceRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.apache.flink.streaming.runtime.streamrecord.StreamElementSerializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.api.Test;

/**
 * Writes what {@link StateFormatTest} reads, before a version is released:
 * e2e-tests/src/test/resources/savepoints/README.md.
 */
class StateFixture {
  static final String FILE = "records-in-flight.bin";

  @Test
  void writesTheRecordsInFlightOfAVersion() throws IOException {
    String version = System.getProperty("fixture.version");
    assertThat(version).as("-Dfixture.version").startsWith("v");
    var state = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(state, serializer().snapshotConfiguration());
    for (InputRecord record : records()) {
      serializer().serialize(new StreamRecord<>(record, record.source().timestampMillis()), state);
    }
    Path directory = Files.createDirectories(Path.of("src/test/resources/state", version));
    Files.write(directory.resolve(FILE), state.getCopyOfBuffer());
  }

  static List<InputRecord> records() {
    SourceRecord tombstone = source(8, "key", null);
    SourceRecord keyless = source(9, null, new byte[] {1, 2});
    return List.of(
        Samples.input("a text", "query"),
        Samples.input("a text", null),
        new InputRecord(tombstone, null),
        new InputRecord(keyless, Samples.input("another", null).text()));
  }

  /** The serialiser that Flink's AsyncWaitOperator writes its records in flight with. */
  static TypeSerializer<StreamElement> serializer() {
    var config = new SerializerConfigImpl();
    config.setGenericTypes(false);
    return new StreamElementSerializer<>(
        TypeInformation.of(InputRecord.class).createSerializer(config));
  }
}
