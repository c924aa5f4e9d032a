package dev.streambed.cli.embed;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.streambed.cli.embed.InputLine.Problem;
import dev.streambed.embedder.Embedding;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the output of {@code streambed embed}: one JSON object per line. Confined to one thread.
 */
final class EmbeddingWriter {
  private static final int BUFFER_BYTES = 1 << 16;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // the shortest float32
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  private final OutputStream out;

  /** Writes to {@code out}, which stays the caller's. */
  EmbeddingWriter(OutputStream out) {
    this.out = new BufferedOutputStream(out, BUFFER_BYTES);
  }

  void writeText(String text, Embedding embedding) throws IOException {
    write(embedding, text);
  }

  /** Writes the embedding of token ids, whose text is unknown. */
  void writeTokens(Embedding embedding) throws IOException {
    write(embedding, null);
  }

  void writeProblem(long line, Problem problem) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("line", line);
      json.writeStringField("error", problem.error());
      json.writeStringField("message", problem.message());
      json.writeEndObject();
    }
    writeLine(bytes);
  }

  void flush() throws IOException {
    out.flush();
  }

  private void write(Embedding embedding, @Nullable String text) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      if (text != null) {
        json.writeStringField("text", text);
      }
      json.writeNumberField("tokens", embedding.tokens());
      json.writeBooleanField("truncated", embedding.truncated());
      json.writeArrayFieldStart("embedding");
      for (float component : embedding.vector()) {
        json.writeNumber(component);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    writeLine(bytes);
  }

  private void writeLine(ByteArrayOutputStream json) throws IOException {
    json.write('\n');
    json.writeTo(out);
  }
}
