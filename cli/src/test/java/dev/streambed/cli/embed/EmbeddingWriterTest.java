package dev.streambed.cli.embed;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streambed.cli.embed.InputLine.Problem;
import dev.streambed.embedder.Embedding;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class EmbeddingWriterTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final EmbeddingWriter writer = new EmbeddingWriter(out);

  @Test
  void writesOneObjectALineWithTheShortestFloats() throws IOException {
    float[] vector = {0.1f, -1f, 0.002f, Float.MIN_NORMAL, 0.0606268f};

    writer.writeText("a \"b\"", new Embedding(vector, 3, true));

    assertThat(written())
        .isEqualTo(
            "{\"text\":\"a \\\"b\\\"\",\"tokens\":3,\"truncated\":true,"
                + "\"embedding\":[0.1,-1.0,0.002,1.1754944E-38,0.0606268]}\n");
  }

  @Test
  void writesTextAsUtf8NotAsEscapes() throws IOException {
    writer.writeText("naïve 𝄞", new Embedding(new float[] {1}, 1, false));

    assertThat(written()).startsWith("{\"text\":\"naïve 𝄞\",");
  }

  @Test
  void writesNoTextForTokenIds() throws IOException {
    writer.writeTokens(new Embedding(new float[] {1}, 5, false));

    assertThat(written()).isEqualTo("{\"tokens\":5,\"truncated\":false,\"embedding\":[1.0]}\n");
  }

  @Test
  void writesAProblemInPlaceOfAnEmbedding() throws IOException {
    writer.writeProblem(7, new Problem("BLANK", "Nothing is left."));

    assertThat(written())
        .isEqualTo("{\"line\":7,\"error\":\"BLANK\",\"message\":\"Nothing is left.\"}\n");
  }

  private String written() throws IOException {
    writer.flush();
    return out.toString(StandardCharsets.UTF_8);
  }
}
