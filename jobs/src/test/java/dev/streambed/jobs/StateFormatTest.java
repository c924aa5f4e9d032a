package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.junit.jupiter.api.Test;

/**
 * The records in flight in savepoints of released versions can still be read, as Flink reads them
 * at a restore: with the serialiser that the savepoint describes, if today's is compatible. {@link
 * StateFixture} writes the file of a version.
 */
class StateFormatTest {

  @Test
  void readsTheRecordsInFlightOfVersion010() throws IOException {
    var state = new DataInputDeserializer(released("v0.1.0"));

    TypeSerializerSnapshot<StreamElement> written =
        TypeSerializerSnapshot.readVersionedSnapshot(state, StateFormatTest.class.getClassLoader());
    var compatibility =
        StateFixture.serializer().snapshotConfiguration().resolveSchemaCompatibility(written);
    List<Object> read = new ArrayList<>();
    while (state.available() > 0) {
      read.add(written.restoreSerializer().deserialize(state).asRecord().getValue());
    }

    assertThat(compatibility.isIncompatible()).as("incompatible: %s", compatibility).isFalse();
    assertThat(read).isEqualTo(StateFixture.records());
  }

  private static byte[] released(String version) throws IOException {
    String name = "/state/" + version + "/" + StateFixture.FILE;
    try (InputStream in = StateFormatTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
