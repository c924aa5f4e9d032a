package dev.streambed.e2e.query;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.streambed.schemas.EmbeddingRecord;
import dev.streambed.schemas.EncodedVector;
import dev.streambed.schemas.VectorEncoding;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.profile.ProfileName;
import dev.streambed.schemas.profile.ProfileOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** docs/examples/read_embeddings.py, where there is a python3, and where that has NumPy. */
class PythonExampleTest {
  private static final Path EXAMPLE = Path.of("../docs/examples/read_embeddings.py");

  /** Decodes the values of the files that it is given, with a stand-in for Kafka's client. */
  private static final String DECODE =
      """
      import sys, types
      client = types.ModuleType("confluent_kafka")
      client.Consumer = None
      sys.modules["confluent_kafka"] = client
      sys.dont_write_bytecode = True
      sys.path.insert(0, sys.argv[1])
      import read_embeddings
      for file in sys.argv[2:]:
          with open(file, "rb") as value:
              space, text, vector = read_embeddings.decode(value.read())
          print(space, text, ",".join(repr(float(each)) for each in vector))
      """;

  private static final float[] VECTOR = {0.1f, -0.2f, 0.3f, -0.4f, 0.5f, -0.6f, 0.7f, 0.01f, -1f};

  @TempDir private Path folder;

  @Test
  void isPython() throws Exception {
    Path copy = Files.copy(EXAMPLE, folder.resolve("read_embeddings.py"));

    run("-m", "py_compile", copy.toString());
  }

  @ParameterizedTest
  @EnumSource(
      value = VectorEncoding.class,
      names = "FLOAT32_BYTES",
      mode = EnumSource.Mode.EXCLUDE) // not in JSON
  void decodesEachEncoding(VectorEncoding encoding) throws Exception {
    skipUnless(python("-c", "import numpy").waitFor() == 0, "python3 has no NumPy");
    EmbeddingRecord record = Embeddings.of("text", 1, VECTOR);
    Path canonical = folder.resolve("canonical");
    Files.write(canonical, EmbeddingRecordCodec.encodeJson(record, encoding));
    Path flat = folder.resolve("flat");
    Files.write(
        flat,
        new ProfileOptions(ProfileName.FLAT, encoding, Map.of(), Map.of())
            .open("topic", List.of())
            .value(record));

    String printed =
        run(
            "-c",
            DECODE,
            String.valueOf(EXAMPLE.getParent()),
            canonical.toString(),
            flat.toString());

    float[] expected = EncodedVector.of(VECTOR, encoding).vector(VECTOR.length);
    assertThat(printed.lines()).hasSize(2);
    for (String line : printed.lines().toList()) {
      String[] words = line.split(" ", -1);
      assertThat(words[0]).isEqualTo(Embeddings.SPACE.withDimensions(9).toString());
      assertThat(words[1]).isEqualTo("text");
      String[] components = words[2].split(",", -1);
      assertThat(components).hasSameSizeAs(expected);
      for (int i = 0; i < expected.length; i++) {
        assertThat(Float.parseFloat(components[i])).isCloseTo(expected[i], within(1e-7f));
      }
    }
  }

  private static String run(String... arguments) throws Exception {
    Process process = python(arguments);
    String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(printed).isZero();
    return printed;
  }

  private static Process python(String... arguments) {
    String[] command = new String[arguments.length + 1];
    command[0] = "python3";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start();
    } catch (IOException e) {
      skipUnless(/* holds= */ false, "there is no python3");
      throw new AssertionError(e); // skipped before
    }
  }

  /** Skips the test, and says so where people look. */
  private static void skipUnless(boolean holds, String missing) {
    if (!holds) {
      System.err.println("NOT tested: docs/examples/read_embeddings.py, since " + missing);
    }
    assumeTrue(holds, missing);
  }
}
