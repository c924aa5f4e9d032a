package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.streaming.runtime.streamrecord.StreamElement;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The records in flight in savepoints of released versions can still be read, as Flink reads them
 * at a restore: with the serialiser that the savepoint describes, if today's is compatible. {@link
 * StateFixture} writes the file of a version.
 */
class StateFormatTest {

  /** The only version that wrote the text besides the record. */
  private static final String WITH_TEXT = "v0.1.0";

  @ParameterizedTest
  @MethodSource("versions")
  void readsTheRecordsInFlightOfAReleasedVersion(String version) throws IOException {
    var state = new DataInputDeserializer(released(version));

    TypeSerializerSnapshot<StreamElement> written =
        TypeSerializerSnapshot.readVersionedSnapshot(state, StateFormatTest.class.getClassLoader());
    var compatibility =
        StateFixture.serializer().snapshotConfiguration().resolveSchemaCompatibility(written);
    List<Object> read = new ArrayList<>();
    while (state.available() > 0) {
      read.add(written.restoreSerializer().deserialize(state).asRecord().getValue());
    }

    assertThat(compatibility.isIncompatible()).as("incompatible: %s", compatibility).isFalse();
    assertThat(read)
        .isEqualTo(
            version.equals(WITH_TEXT)
                ? StateFixture.records()
                : StateFixture.records().stream()
                    .map(record -> new InputRecord(record.source(), null))
                    .toList());
  }

  /** Each released version has a folder of its name. */
  static List<String> versions() throws IOException {
    try (Stream<Path> folders = Files.list(Path.of("src/test/resources/state"))) {
      List<String> versions = folders.map(path -> path.getFileName().toString()).toList();
      assertThat(versions).contains(WITH_TEXT);
      return versions;
    }
  }

  private static byte[] released(String version) throws IOException {
    String name = "/state/" + version + "/" + StateFixture.FILE;
    try (InputStream in = StateFormatTest.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    }
  }
}
