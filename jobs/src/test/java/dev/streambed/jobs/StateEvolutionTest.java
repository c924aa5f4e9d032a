package dev.streambed.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.ToolProvider;
import org.apache.flink.api.common.serialization.SerializerConfigImpl;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeutils.TypeSerializer;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Flink's reading of a record in state whose components were changed since: the rules of
 * docs/decisions/0085, for records that Flink's own serialiser writes.
 */
class StateEvolutionTest {
  private static final String WRITTEN = "String a, int b, String c";

  @TempDir private Path directory;

  @Test
  void componentsMayBeReordered() throws Exception {
    assertThat(restored("String c, String a, int b")).hasToString("R[c=C, a=A, b=2]");
  }

  @Test
  void componentsMayBeAdded() throws Exception {
    assertThat(restored("String d, String a, int b, String c, long e"))
        .hasToString("R[d=null, a=A, b=2, c=C, e=0]");
  }

  @Test
  void aComponentMustNotBeRemoved() {
    assertThatThrownBy(() -> restored("int b, String c"))
        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
  }

  @Test
  void theLastComponentMayBeRemovedByLuckOfItsPosition() throws Exception {
    assertThat(restored("String a, int b")).hasToString("R[a=A, b=2]");
  }

  @Test
  void aRenamedComponentIsLostWithoutAWord() throws Exception {
    assertThat(restored("String a, int b, String renamed"))
        .hasToString("R[a=A, b=2, renamed=null]");
  }

  @Test
  void aComponentMustNotChangeItsType() {
    assertThatThrownBy(() -> restored("String a, long b, String c"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("incompatible");
  }

  /** A record of class R, written with the components of {@link #WRITTEN}, read with others. */
  private Object restored(String components) throws Exception {
    byte[] state;
    try (URLClassLoader classes = compiled("written", WRITTEN)) {
      Class<?> type = classes.loadClass("R");
      Object record =
          type.getConstructor(String.class, int.class, String.class).newInstance("A", 2, "C");
      state = write(record, serializer(type));
    }
    try (URLClassLoader classes = compiled("read", components)) {
      return read(state, serializer(classes.loadClass("R")), classes);
    }
  }

  private static byte[] write(Object record, TypeSerializer<Object> serializer) throws IOException {
    var out = new DataOutputSerializer(64);
    TypeSerializerSnapshot.writeVersionedSnapshot(out, serializer.snapshotConfiguration());
    serializer.serialize(record, out);
    return out.getCopyOfBuffer();
  }

  /** As Flink restores operator state. */
  private static Object read(byte[] state, TypeSerializer<Object> today, ClassLoader classes)
      throws IOException {
    var in = new DataInputDeserializer(state);
    TypeSerializerSnapshot<Object> written =
        TypeSerializerSnapshot.readVersionedSnapshot(in, classes);
    Object record = written.restoreSerializer().deserialize(in);
    var compatibility = today.snapshotConfiguration().resolveSchemaCompatibility(written);
    if (compatibility.isIncompatible()) {
      throw new IllegalStateException("incompatible");
    }
    return record;
  }

  @SuppressWarnings("unchecked") // a class that is compiled here
  private static TypeSerializer<Object> serializer(Class<?> type) {
    return ((TypeInformation<Object>) TypeInformation.of(type))
        .createSerializer(new SerializerConfigImpl());
  }

  private URLClassLoader compiled(String folder, String components) throws IOException {
    Path classes = Files.createDirectories(directory.resolve(folder));
    Path source =
        Files.writeString(classes.resolve("R.java"), "public record R(" + components + ") {}");
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                List.of("-d", classes.toString(), source.toString()).toArray(String[]::new));
    assertThat(result).isZero();
    return new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
  }
}
