package dev.streambed.schemas;

import static dev.streambed.schemas.VectorEncoding.BASE64;
import static dev.streambed.schemas.VectorEncoding.BINARY;
import static dev.streambed.schemas.VectorEncoding.INT8;
import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import dev.streambed.schemas.json.DeadLetterCodec;
import dev.streambed.schemas.json.EmbeddingRecordCodec;
import dev.streambed.schemas.json.TextRecordCodec;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The published JSON Schema files say what the codecs do. */
class PublishedSchemaTest {

  private static final JsonSchema TEXT = schema("text-record");
  private static final JsonSchema EMBEDDING = schema("embedding-record");
  private static final JsonSchema LETTER = schema("dead-letter");

  @Test
  void acceptsWhatTheCodecsEncode() {
    assertValid(TEXT, TextRecordCodec.encodeJson(Records.text()));
    assertValid(EMBEDDING, EmbeddingRecordCodec.encodeJson(Records.typedEmbedding()));
    assertValid(EMBEDDING, EmbeddingRecordCodec.encodeJson(Records.embeddingOfSeveralLengths()));
    for (var encoding : List.of(BASE64, INT8, BINARY)) {
      var several = Records.embeddingOfSeveralLengths();
      assertValid(EMBEDDING, EmbeddingRecordCodec.encodeJson(several, encoding));
    }
    assertValid(LETTER, DeadLetterCodec.encodeJson(Records.letter()));
    for (int seed = 0; seed < 200; seed++) {
      assertValid(TEXT, TextRecordCodec.encodeJson(Records.randomText(new Random(seed))));
    }
  }

  @Test
  void acceptsWhatTheDecoderOfTextsAccepts() {
    for (String json :
        new String[] {
          "{\"text\":\"a\"}",
          "{\"text\":\"a\",\"key\":null,\"prompt\":null,\"metadata\":null}",
          "{\"text\":\"a\",\"schemaVersion\":null,\"eventTimeMillis\":null}",
          "{\"text\":\"a\",\"metadata\":{\"lang\":null}}",
          "{\"schemaVersion\":1,\"text\":\"a\",\"metadata\":{\"\":\"\"},\"eventTimeMillis\":-1}",
        }) {
      assertThat(TextRecordCodec.decodeJson(Records.utf8(json), null, 0).text()).isEqualTo("a");
      assertThat(TEXT.validate(json, InputFormat.JSON)).as(json).isEmpty();
    }
  }

  @Test
  void refusesWhatTheDecoderOfTextsRefuses() {
    for (String json :
        new String[] {
          "{}",
          "[]",
          "{\"text\":null}",
          "{\"text\":\"\"}",
          "{\"text\":1}",
          "{\"text\":\"a\",\"more\":1}",
          "{\"text\":\"a\",\"metadata\":{\"a\":1}}",
          "{\"text\":\"a\",\"metadata\":[]}",
          "{\"text\":\"a\",\"key\":1}",
          "{\"text\":\"a\",\"prompt\":1}",
          "{\"text\":\"a\",\"eventTimeMillis\":\"1\"}",
          "{\"text\":\"a\",\"prompt\":\"\"}",
          "{\"text\":\"a\",\"eventTimeMillis\":9223372036854775808}",
          "{\"text\":\"a\",\"schemaVersion\":2}",
        }) {
      assertThat(refuses(json)).as(json).isTrue();
      assertThat(TEXT.validate(json, InputFormat.JSON)).as(json).isNotEmpty();
    }
  }

  @Test
  void refusesOutputsWithoutEachRequiredPropertyOrWithOneMore() {
    for (Map.Entry<JsonSchema, byte[]> output :
        Map.of(
                EMBEDDING, EmbeddingRecordCodec.encodeJson(Records.embedding()),
                LETTER, DeadLetterCodec.encodeJson(Records.letter()))
            .entrySet()) {
      String json = new String(output.getValue(), StandardCharsets.UTF_8);
      int required = output.getKey().getSchemaNode().get("required").size();

      // One message for each property that is gone.
      assertThat(output.getKey().validate("{}", InputFormat.JSON)).hasSize(required);
      assertThat(
              output.getKey().validate(json.replaceFirst("\\{", "{\"more\":1,"), InputFormat.JSON))
          .hasSize(1);
    }
  }

  private static boolean refuses(String json) {
    try {
      TextRecordCodec.decodeJson(Records.utf8(json), null, 0);
      return false;
    } catch (MalformedRecordException e) {
      return true;
    }
  }

  private static void assertValid(JsonSchema schema, byte[] json) {
    String text = new String(json, StandardCharsets.UTF_8);
    assertThat(schema.validate(text, InputFormat.JSON)).as(text).isEmpty();
  }

  private static JsonSchema schema(String name) {
    String file = name + ".schema.json";
    try (InputStream in = TextRecord.class.getResourceAsStream(file)) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012)
          .getSchema(Objects.requireNonNull(in, file));
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read " + file, e);
    }
  }
}
