package dev.streambed.schemas.avro;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.streambed.schemas.DocumentShape;
import dev.streambed.schemas.MalformedRecordException;
import dev.streambed.schemas.MalformedRecordException.Reason;
import dev.streambed.schemas.Shapes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AvroTreeTest {
  private static final String SECRET = "canary-in-a-text";

  /** Every type, and Avro's logical types. */
  private static final Schema ALL =
      new Schema.Parser()
          .parse(
              """
              {"type":"record","name":"All","fields":[
               {"name":"text","type":["null","string"]},
               {"name":"tags","type":{"type":"array","items":"string"}},
               {"name":"map","type":{"type":"map","values":["int","null"]}},
               {"name":"kind","type":{"type":"enum","name":"Kind","symbols":["A","B"]}},
               {"name":"flag","type":"boolean"},
               {"name":"count","type":"int"},
               {"name":"total","type":"long"},
               {"name":"ratio","type":"float"},
               {"name":"share","type":"double"},
               {"name":"raw","type":"bytes"},
               {"name":"hash","type":{"type":"fixed","name":"Hash","size":2}},
               {"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":9,"scale":2}},
               {"name":"day","type":{"type":"int","logicalType":"date"}},
               {"name":"at","type":{"type":"long","logicalType":"timestamp-millis"}},
               {"name":"micros","type":{"type":"long","logicalType":"timestamp-micros"}},
               {"name":"local","type":{"type":"long","logicalType":"local-timestamp-millis"}},
               {"name":"time","type":{"type":"int","logicalType":"time-millis"}},
               {"name":"uuid","type":{"type":"fixed","name":"U","size":16,"logicalType":"uuid"}},
               {"name":"next","type":["null","All"]}]}
              """);

  @Test
  void readsEveryTypeAsUsersExpectIt() throws IOException {
    JsonNode tree = new AvroTree(ALL, null, "record").decode(encoded(ALL, all(null)), 0);

    assertThat(tree.toString())
        .isEqualTo(
            """
            {"text":"canary-in-a-text","tags":["x","ü"],"map":{"n":7},"kind":"B","flag":true,"count":-3,"total":9000000000,\
            "ratio":0.1,"share":0.25,"raw":"AQI=","hash":"AwQ=","price":19.90,"day":"1969-12-31","at":"1970-01-01T00:00:00.123Z",\
            "micros":"1969-12-31T23:59:59.999999Z","local":"1970-01-01T00:00:01","time":"01:00:00.005",\
            "uuid":"00000000-0000-0001-0000-000000000002","next":null}""");
    assertThat(tree.at("/price").decimalValue()).isEqualTo(new BigDecimal("19.90"));
  }

  @Test
  void itsShapeHasWhatItReads() throws IOException {
    JsonNode tree = new AvroTree(ALL, null, "record").decode(encoded(ALL, all(all(null))), 0);
    DocumentShape shape = AvroShape.of(ALL);

    Shapes.assertHas(shape, tree);
    assertThat(shape.names()).containsExactlyElementsOf(names(tree));
    for (String nowhere : List.of("/gone", "/next/gone", "/tags/x", "/text/0", "/map/n/0")) {
      assertThat(Shapes.find(shape, nowhere)).as(nowhere).isNull();
    }
  }

  private static List<String> names(JsonNode tree) {
    return tree.properties().stream().map(Map.Entry::getKey).toList();
  }

  @Test
  void resolvesTheSchemaOfTheWriterToThatOfTheReader() throws IOException {
    Schema reader =
        schema(
            """
            [{"name":"language","type":"string","default":"en"},
             {"name":"count","type":"double"},
             {"name":"title","aliases":["text"],"type":["null","string"]}]""");

    JsonNode tree = new AvroTree(ALL, reader, "record").decode(encoded(ALL, all(all(null))), 0);

    assertThat(tree.get("language").asText()).isEqualTo("en");
    assertThat(tree.get("count").doubleValue()).isEqualTo(-3.0);
    assertThat(tree.get("title").asText()).isEqualTo(SECRET);
    assertThat(tree.size()).isEqualTo(3);
  }

  @Test
  void saysWhyTwoSchemasDoNotResolve() throws IOException {
    Schema reader = schema("[{\"name\":\"missing\",\"type\":\"string\"}]");
    byte[] bytes = encoded(ALL, all(null));

    assertThatThrownBy(() -> new AvroTree(ALL, reader, "record").decode(bytes, 0))
        .isInstanceOfSatisfying(
            MalformedRecordException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.INCOMPATIBLE_SCHEMA))
        .hasMessageContaining("READER_FIELD_MISSING_DEFAULT_VALUE at /fields/0");
  }

  @ParameterizedTest
  @CsvSource({
    // the varint feffffff0f is 2^31 - 1, fe..7f far more, 03 is -2
    "string, feffffff0f, end where its schema expects more",
    "bytes, feffffffffffffff7f, end where its schema expects more",
    "bytes, 03, end where its schema expects more",
    "array, feffffff0f00, claims more elements",
    "array, ffffffffffffffffff01, end where its schema expects more",
    "map, feffffff0f00, claims more elements",
    "boolean, 02, neither 0 nor 1",
    "int, ffffffffff01, more bytes than its type allows",
    "long, ffffffffffffffffffffffff, more bytes than its type allows",
    "string, 04c328, a string is not valid UTF-8 at byte 1 of 3",
    "int, 0200, something follows",
  })
  void believesNoLengthThatTheBytesDoNotHave(String type, String hex, String message) {
    Schema schema =
        new Schema.Parser()
            .parse(
                switch (type) {
                  case "array" -> "{\"type\":\"array\",\"items\":\"null\"}";
                  case "map" -> "{\"type\":\"map\",\"values\":\"int\"}";
                  default -> '"' + type + '"';
                });
    byte[] bytes = HexFormat.of().parseHex(hex);

    assertThatThrownBy(() -> new AvroTree(schema, null, "record").decode(bytes, 0))
        .isInstanceOf(MalformedRecordException.class)
        .hasMessageContaining(message);
  }

  @Test
  void skipsNoForgedArrayForEver() {
    Schema writer =
        schema("[{\"name\":\"nulls\",\"type\":{\"type\":\"array\",\"items\":\"null\"}}]");
    var tree = new AvroTree(writer, schema("[]"), "record");

    assertThatThrownBy(() -> tree.decode(HexFormat.of().parseHex("feffffffffffffff7f"), 0))
        .isInstanceOf(MalformedRecordException.class);
  }

  @Test
  void refusesAMegabyteOfNestingAndReadsTenThousandFields() throws IOException {
    Schema list =
        new Schema.Parser()
            .parse(
                "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"L\"]}]}");
    byte[] deep = new byte[1 << 20];
    Arrays.fill(deep, (byte) 2); // the branch L again and again
    StringBuilder fields = new StringBuilder();
    for (int i = 0; i < 10_000; i++) {
      fields.append(i == 0 ? "" : ",").append("{\"name\":\"f" + i + "\",\"type\":\"int\"}");
    }
    Schema wide = schema("[" + fields + "]");

    assertThatThrownBy(() -> new AvroTree(list, null, "record").decode(deep, 0))
        .hasMessageContaining("more than 250 levels at byte 250");
    assertThat(new AvroTree(wide, null, "record").decode(new byte[10_000], 0).size())
        .isEqualTo(10_000);
  }

  @Test
  void readsSingleObjectsAndBareDataOfAFile() throws IOException {
    byte[] bare = encoded(ALL, all(null));
    byte[] single = singleObject(SchemaNormalization.parsingFingerprint64(ALL), bare);
    byte[] other = singleObject(7, bare);
    var file = new AvroFile(ALL, "record");

    assertThat(file.decode(single)).isEqualTo(file.decode(bare));
    assertThatThrownBy(() -> file.decode(other))
        .hasMessage(
            "Cannot decode record: it does not follow the schema file; it is in Avro's single-object encoding, of a schema with the fingerprint 0000000000000007, and streambed.source.schema-file has %016x: set the file of the schema that it was written with.",
            SchemaNormalization.parsingFingerprint64(ALL));
    assertThatThrownBy(() -> file.decode("{\"text\":\"x\"}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("begins like JSON: set streambed.source.format: json");
    assertThatThrownBy(() -> file.decode(new byte[] {0, 0, 0, 0, 9, 1, 1}))
        .hasMessage(
            "Cannot decode record: it does not follow the schema file; it begins with a zero byte and the number 9, as the serialisers of a schema registry write: set streambed.registry.url.");
  }

  private static byte[] singleObject(long fingerprint, byte[] bare) {
    return ByteBuffer.allocate(10 + bare.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) 0xC3)
        .put((byte) 1)
        .putLong(fingerprint)
        .put(bare)
        .array();
  }

  private static Schema schema(String fields) {
    return new Schema.Parser()
        .parse("{\"type\":\"record\",\"name\":\"All\",\"fields\":" + fields + "}");
  }

  private static GenericData.Record all(GenericData.@Nullable Record next) {
    var record = new GenericData.Record(ALL);
    record.put("text", SECRET);
    record.put("tags", List.of("x", "ü"));
    record.put("map", Map.of("n", 7));
    record.put("kind", new GenericData.EnumSymbol(ALL.getField("kind").schema(), "B"));
    record.put("flag", true);
    record.put("count", -3);
    record.put("total", 9_000_000_000L);
    record.put("ratio", 0.1f);
    record.put("share", 0.25);
    record.put("raw", ByteBuffer.wrap(new byte[] {1, 2}));
    record.put("hash", new GenericData.Fixed(ALL.getField("hash").schema(), new byte[] {3, 4}));
    record.put("price", ByteBuffer.wrap(new byte[] {0x07, (byte) 0xC6})); // 1990
    record.put("day", -1);
    record.put("at", 123L);
    record.put("micros", -1L);
    record.put("local", 1_000L);
    record.put("time", 3_600_005);
    byte[] uuid = new byte[16];
    uuid[7] = 1;
    uuid[15] = 2;
    record.put("uuid", new GenericData.Fixed(ALL.getField("uuid").schema(), uuid));
    record.put("next", next);
    return record;
  }

  private static byte[] encoded(Schema schema, GenericData.Record record) throws IOException {
    var bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    new GenericDatumWriter<>(schema).write(record, out);
    out.flush();
    return bytes.toByteArray();
  }
}
