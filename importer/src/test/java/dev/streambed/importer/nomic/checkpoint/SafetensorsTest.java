package dev.streambed.importer.nomic.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.streambed.embedder.InvalidModelException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
  @TempDir Path directory;

  @Test
  void readsFloatsHalvesAndBrainFloats() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(1.5f).putFloat(-2);
    data.putShort((short) 0x3C00).putShort((short) 0xC000); // 1 and -2 as halves
    data.putShort((short) 0x3FC0)
        .putShort((short) 0xBF80); // 1.5 and -1, the upper halves of floats
    Path file =
        write(
            """
            {"__metadata__": {"format": "pt"},
             "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
             "b": {"dtype": "F16", "shape": [2, 1], "data_offsets": [8, 12]},
             "c": {"dtype": "BF16", "shape": [1, 2], "data_offsets": [12, 16]}}""",
            data.array());

    var tensors = Safetensors.open(file).tensors();

    assertThat(tensors.keySet()).containsExactly("a", "b", "c");
    assertThat(tensors.values().stream().map(Tensor::toArray))
        .containsExactly(new float[] {1.5f, -2}, new float[] {1, -2}, new float[] {1.5f, -1});
    assertThat(tensors.values().stream().map(Tensor::shape))
        .containsExactly(List.of(2L), List.of(2L, 1L), List.of(1L, 2L));
  }

  @Test
  void readsRowsFromTheMiddleOfATensor() throws IOException {
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 6; i++) {
      data.putFloat(i);
    }
    Path file =
        write(
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [3, 2], \"data_offsets\": [0, 24]}}",
            data.array());
    float[] row = new float[2];

    Safetensors.open(file).tensors().values().forEach(tensor -> tensor.read(2, row));

    assertThat(row).containsExactly(2, 3);
  }

  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 16]}} | outside the 8 bytes
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}} | outside the 8 bytes
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [-8, 0]}} | not a size
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 9223372036854775807]}} | outside the 8 bytes
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 92233720368547758080]}} | not a size
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8.0]}} | not a size
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, "8"]}} | not a size
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [8]}} | not 2
          {"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}} | 12 bytes, but 8 are given
          {"a": {"dtype": "F32", "shape": [-2], "data_offsets": [0, 8]}} | not a size
          {"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 8]}} | more elements than any file holds
          {"a": {"dtype": "F32", "shape": [1,1,1,1,1,1,1,1,2], "data_offsets": [0, 8]}} | not a short array
          {"a": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}} | known: [F32, F16, BF16]
          {"a": {"dtype": "I64", "shape": [1], "data_offsets": [0, 8]}} | known: [F32, F16, BF16]
          {"a": {"dtype": 7, "shape": [1], "data_offsets": [0, 8]}} | known: [F32, F16, BF16]
          {"a": {"shape": [2], "data_offsets": [0, 8]}} | must have exactly dtype, shape and data_offsets
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8], "x": 1}} | must have exactly
          {"a": [1, 2, 3]} | must have exactly
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "b": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}} | overlaps
          {"a": {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]}} | bytes from 0 on belong to no tensor
          {"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}} | its tensors cover 4
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}, "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}} | Duplicate
          {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}} {} | Trailing token
          {"a": {"dtype": "F32", "shape": [2], | is not JSON
          [1, 2] | is not a JSON object
          """)
  void refusesAHeaderThat(String header, String message) throws IOException {
    Path file = write(header, new byte[8]);

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message)
        .hasMessageContaining(file.toString());
  }

  @Test
  void refusesAHeaderNestedWithoutEnd() throws IOException {
    Path file = write("{\"a\":" + "[".repeat(100_000), new byte[8]);

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("nesting depth");
  }

  @Test
  void refusesAHeaderThatIsNotUtf8() throws IOException {
    Path file =
        writeBytes(new byte[] {'{', '"', (byte) 0xC3, '(', '"', ':', '1', '}'}, new byte[8]);

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("is not UTF-8");
  }

  @ParameterizedTest
  @CsvSource({
    "-1, announces a header of 18446744073709551615 bytes",
    "9223372036854775807, announces a header of 9223372036854775807 bytes",
    "4000000000, announces a header of 4000000000 bytes",
    "1048577, announces a header of 1048577 bytes",
    "0, announces a header of 0 bytes",
    "1000, but only 2 follow"
  })
  void refusesAHeaderLengthThatCannotBe(long length, String message) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(10).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
    Path file = Files.write(directory.resolve("model.safetensors"), bytes.array());

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAFileThatIsTooShort() throws IOException {
    Path file = Files.write(directory.resolve("model.safetensors"), new byte[7]);

    assertThatThrownBy(() -> Safetensors.open(file))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("has 7 bytes: too short");
  }

  @Test
  void saysThatAFileIsMissing() {
    assertThatThrownBy(() -> Safetensors.open(directory.resolve("model.safetensors")))
        .isInstanceOf(InvalidModelException.class)
        .hasMessageContaining("NoSuchFileException");
  }

  /**
   * If any bits flip in the header, the file is refused or reads within its bounds; nothing else is
   * ever thrown.
   */
  @Test
  void flippedBitsOfTheHeaderNeverReachOutsideTheFile() throws IOException {
    long seed = 20261122;
    var random = new Random(seed);
    byte[] sound = Files.readAllBytes(soundFile());
    for (int trial = 0; trial < 500; trial++) {
      byte[] flipped = sound.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        int bit = random.nextInt(8 * (sound.length - 16));
        flipped[bit / 8] ^= (byte) (1 << bit % 8);
      }
      Path file = Files.write(directory.resolve("flipped.safetensors"), flipped);
      try {
        for (Tensor tensor : Safetensors.open(file).tensors().values()) {
          tensor.toArray();
        }
      } catch (InvalidModelException e) {
        assertThat(e).as("seed %d, trial %d", seed, trial).hasMessageContaining("flipped");
      }
    }
  }

  @Test
  void everyTruncatedFileIsRefused() throws IOException {
    byte[] sound = Files.readAllBytes(soundFile());
    for (int length = 0; length < sound.length; length++) {
      Path file =
          Files.write(
              directory.resolve("truncated.safetensors"), java.util.Arrays.copyOf(sound, length));

      assertThatThrownBy(() -> Safetensors.open(file)).isInstanceOf(InvalidModelException.class);
    }
  }

  private Path soundFile() throws IOException {
    return write(
        """
        {"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},\
        "b":{"dtype":"F16","shape":[2,2],"data_offsets":[8,16]}}""",
        new byte[16]);
  }

  private Path write(String header, byte[] data) throws IOException {
    return writeBytes(header.getBytes(StandardCharsets.UTF_8), data);
  }

  private Path writeBytes(byte[] header, byte[] data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(Long.BYTES + header.length + data.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header)
            .put(data);
    return Files.write(directory.resolve("model.safetensors"), bytes.array());
  }
}
