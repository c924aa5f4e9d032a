package dev.streambed.server.dialect;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.StreamWriteFeature;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import org.apiguardian.api.API;

/** JSON in memory. */
@API(status = API.Status.INTERNAL)
public final class JsonText {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(
              StreamWriteFeature.USE_FAST_DOUBLE_WRITER) // the shortest float32, as `embed` has it
          .build();

  private JsonText() {}

  /** Writes one value. */
  public interface Content {
    void write(JsonGenerator json) throws IOException;
  }

  /** The bytes, in UTF-8, of what the content writes. */
  public static byte[] of(Content content) {
    var bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = JSON.createGenerator(bytes)) {
      content.write(json);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write to memory.", e);
    }
    return bytes.toByteArray();
  }

  static void writeBase64(JsonGenerator json, float[] vector) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    json.writeString(Base64.getEncoder().encodeToString(bytes.array()));
  }
}
